import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { create, createFileRegistry, type FileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { commentsIn, withComments } from '@gateway/contracts';
import { workspaceDir } from '@gateway/testing';
import { EXIT, Failure } from '../failure';

/** What the platform provides to contracts; a copy in the folder wins. */
const PROVIDED = ['google/api', 'buf/validate', 'gateway/v1'];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const COMPILE_MS = 60_000;

/** A contract as it is at a path. */
export interface LocalContract {
  /** What is published: with the comments, which are the documentation, and without places, which make no other contract. */
  readonly descriptorSet: Uint8Array;
  /** Where each element is in its sources; null: the path has none, or the set doesn't say. */
  readonly sources: FileRegistry | null;
}

/**
 * The contract at a path.
 * @param path a descriptor set, or a folder of `.proto` sources: their import root
 * @throws Failure with what the compiler says
 */
export async function contractAt(path: string): Promise<LocalContract> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Failure(EXIT.usage, `${path} does not exist`);
  if (found.isFile()) return { descriptorSet: await readFile(path), sources: null };
  const sources = sourcesIn(path);
  if (sources.length === 0) throw new Failure(EXIT.usage, `${path} has no .proto file`);
  const folder = mkdtempSync(join(tmpdir(), 'gatewayctl-protos-'));
  try {
    for (const source of sources) cpSync(join(path, source), join(folder, source), { dereference: true });
    provide(folder);
    return withoutPlaces(await build(folder, sources), new Set(sources));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes the places out, and keeps them here. @param own the files whose comments are the contract's */
function withoutPlaces(bytes: Uint8Array, own: ReadonlySet<string>): LocalContract {
  const set = fromBinary(FileDescriptorSetSchema, bytes);
  const file = set.file.map((each) => withComments(each, own.has(each.name) ? commentsIn(each) : {}));
  const descriptorSet = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
  return { descriptorSet, sources: createFileRegistry(set) };
}

/** Relative to the folder. */
const sourcesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.proto') && !name.split('/').includes('node_modules'))
    .sort();

function provide(folder: string): void {
  for (const name of PROVIDED) {
    const from = join(workspaceDir(), 'protos', name);
    for (const file of sourcesIn(from)) {
      const to = join(folder, name, file);
      if (!existsSync(to)) cpSync(join(from, file), to);
    }
  }
}

/** Only the folder's own sources and what they import: what is merely provided isn't this contract's. */
async function build(folder: string, sources: readonly string[]): Promise<Uint8Array> {
  const launcher = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
  const paths = sources.flatMap((source) => ['--path', join(folder, source)]);
  const output = ['--as-file-descriptor-set', '-o', '-#format=binpb'];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [launcher, 'build', folder, ...paths, ...output], {
      ...{ encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES, timeout: COMPILE_MS },
    });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    throw new Failure(EXIT.data, (stderr?.toString() || message).replaceAll(`${folder}/`, '').trim());
  }
}
