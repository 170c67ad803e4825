import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { type CompiledContract, compileContract } from '@gateway/contracts';
import { type ApiRoute, buildOpenApi } from '@gateway/openapi';
import { compileTemplate } from '@gateway/route-table';
import { workspaceDir } from '@gateway/testing';
import openapiTS, { astToString } from 'openapi-typescript';
import { Problem } from '../command/problem';

/** Types of the demonstration API, for the client of the end-to-end tests. */
const CLIENT = 'apps/edge-router-e2e/src/gen/api.ts';

const HEADER = '// Generated from protos/ by npm run generate. Do not edit.\n';

/**
 * Generates the types of a client of the demonstration API, from the description that the edge would serve.
 * @param root where the workspace's folders are; a copy that holds nothing else, for comparing
 */
export async function generateClient(root: string): Promise<void> {
  const document = buildOpenApi({
    title: 'Gateway API',
    version: 'v1',
    servers: ['/'],
    routes: routesOf(readContract()),
    now: 0,
  });
  const types = astToString(await openapiTS(JSON.stringify(document)));
  const file = join(root, CLIENT);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, HEADER + types);
}

/** Everything in `protos/` as one contract, with its comments. */
function readContract(): CompiledContract {
  const { status, stdout, stderr } = spawnSync('buf', ['build', '.', '--as-file-descriptor-set', '-o', '-'], {
    cwd: join(workspaceDir(), 'protos'),
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Problem(`${String(stderr).trim()}\nbuf build failed`);
  return compileContract(new Uint8Array(stdout));
}

/** The REST routes, as the edge has them. */
const routesOf = ({ methods }: CompiledContract): ApiRoute[] =>
  methods.flatMap(({ typeName, method, desc, bindings, policy }) =>
    bindings.map((binding, index) => ({
      id: `${typeName}.${method}${index === 0 ? '' : `#${index + 1}`}`,
      methods: binding.method === '*' ? [] : [binding.method],
      path: compileTemplate(binding.path),
      hosts: [],
      policy,
      call: { method: desc, body: binding.body, responseBody: binding.responseBody },
    })),
  );
