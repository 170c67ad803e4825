import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ApiPaths } from '@gateway/versioning';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ContractSources } from './contract-sources';
import { CompiledContracts } from './compiled-contracts';
import type { RouteSnapshot } from './compile';
import { describeRoute } from './describe';
import { platformRoutes } from './platform-routes';
import { PROVIDED_PROTOS } from './protos/gen/provided-protos';
import { RouteFileError } from './route-file/parse';
import { SchemaLibrary, UNFETCHED } from './route-file/schema-library';
import { RouteManager } from './route-manager';
import { emptySource, type FileRoutes } from './source';

/** A golden pair: `<name>.in.yaml` are the sources, `<name>.out.yaml` the snapshot that they compile to. */
const FOLDER = `${import.meta.dirname}/testdata`;
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));

const PATHS = new ApiPaths('/api');

const inputSchema = z.strictObject({
  /** What the case shows. */
  about: z.string(),
  auth: z
    .strictObject({ credentials: z.boolean(), permissions: z.boolean() })
    .default({ credentials: true, permissions: true }),
  registry: z.boolean().default(false),
  /** A route file. */
  file: z.json().optional(),
  /** The contract of each service, as proto source. */
  contracts: z.record(z.string(), z.string()).default({}),
  /** What some of them publish after that. */
  later: z.record(z.string(), z.string()).default({}),
});

/** Compiles proto sources, one file a service, in one run of buf. */
function compileSources(contracts: Record<string, string>): Map<string, Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'));
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  try {
    Object.entries(PROVIDED_PROTOS).forEach(([name, text]) => write(name, text));
    Object.entries(contracts).forEach(([service, text]) => write(`${service}.proto`, text));
    return new Map(
      Object.keys(contracts).map((service) => {
        const args = [
          'build',
          folder,
          '--path',
          join(folder, `${service}.proto`),
          '--as-file-descriptor-set',
          '-o',
          '-',
        ];
        const { status, stdout, stderr } = spawnSync('node_modules/.bin/buf', args, { maxBuffer: 1 << 24 });
        if (status !== 0) throw new Error(String(stderr));
        return [service, new Uint8Array(stdout)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compileCase(text: string): object {
  const input = inputSchema.parse(parse(text));
  const sets = compileSources(input.contracts);
  const later = compileSources(input.later);
  let snapshot: RouteSnapshot = { routes: [], problems: [] };
  let services: FileRoutes['services'] = new Map();
  let found: FileRoutes['found'] = new Map();
  const manager = new RouteManager({
    auth: input.auth,
    library: new SchemaLibrary(`${FOLDER}/routes.yaml`, UNFETCHED),
    platform: input.registry ? platformRoutes({ pages: [], sockets: true }) : emptySource('platform'),
    // Digests would change with each release of buf.
    contracts: new ContractSources(
      new CompiledContracts({ descriptorSet: (name) => sets.get(name) ?? later.get(name.replace(' later', '')) }),
      input.auth,
      PATHS,
    ),
    paths: PATHS,
    swap: (next) => (snapshot = next),
    onServices: (file) => ({ services, found } = file),
  });
  manager.takeContracts([...sets.keys()].map((service) => ({ service, digest: service })));
  if (later.size > 0)
    manager.takeContracts([...later.keys()].map((service) => ({ service, digest: `${service} later` })));
  try {
    if (input.file !== undefined) manager.takeFile(stringify(input.file));
  } catch (error) {
    if (!(error instanceof RouteFileError)) throw error;
  }
  const endpoints = Object.fromEntries([...services].map(([name, each]) => [name, each.map(({ id }) => id)]));
  return {
    routes: snapshot.routes.map(describeRoute),
    services: endpoints,
    ...(found.size > 0 && { found: JSON.parse(JSON.stringify(Object.fromEntries(found))) }),
    problems: snapshot.problems,
  };
}

test.each(NAMES)('%s', (name) => {
  const compiled = compileCase(readFileSync(`${FOLDER}/${name}.in.yaml`, 'utf8'));
  const golden = `${FOLDER}/${name}.out.yaml`;
  // A new case gets its golden file from a run, to be read by its author before it is committed.
  if (!existsSync(golden) && process.env['CI'] === undefined) writeFileSync(golden, stringify(compiled));
  expect(compiled).toEqual(parse(readFileSync(golden, 'utf8')));
});
