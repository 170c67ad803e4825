import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SnapshotProblem } from '../problem';
import { bufProgram } from './buf-program';
import { PROVIDED_PROTOS } from './gen/provided-protos';
import { protoFiles } from './proto-files';
import { protosProblem, ProtosError } from './protos-error';

/** A descriptor set larger than this is no API. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const COMPILE_MS = 60_000;

/**
 * The descriptor set of EDGE_PROTOS.
 * @param path a file that is one already, or a folder of `.proto` sources, which is their import root
 * @throws ProtosError
 */
export async function descriptorSetAt(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isFile()) return await readFile(path);
    return await compileFolder(path);
  } catch (error) {
    if (error instanceof ProtosError) throw error;
    // What was there is gone, or can't be read.
    throw new ProtosError([protosProblem('', (error as Error).message)], { cause: error });
  }
}

async function compileFolder(path: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-protos-'));
  try {
    await collectSources(path, folder);
    return await runBuf(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The sources beside those that the platform provides; a copy that somebody vendored wins. */
async function collectSources(from: string, to: string): Promise<void> {
  const own = await protoFiles(from);
  const place = async (name: string): Promise<string> => {
    const file = join(to, name);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  for (const { name } of own) await copyFile(join(from, name), await place(name));
  const vendored = new Set(own.map(({ name }) => name));
  for (const [name, source] of Object.entries(PROVIDED_PROTOS))
    if (!vendored.has(name)) await writeFile(await place(name), source);
}

async function runBuf(folder: string): Promise<Uint8Array> {
  // Imported so that the package is among the deployed app's dependencies.
  await import('@bufbuild/buf');
  const [program, ...first] = bufProgram();
  try {
    const options = { encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES, timeout: COMPILE_MS } as const;
    // With source information: comments are the prose of the API's description.
    const args = [...first, 'build', folder, '--as-file-descriptor-set', '-o', '-#format=binpb'];
    const { stdout } = await promisify(execFile)(program, args, options);
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    const said = (stderr?.toString() || message).replaceAll(`${folder}/`, '').trim();
    throw new ProtosError(said.split('\n').map(problemOf), { cause: error });
  }
}

/** `shop/shop.proto:6:9:syntax error: …`, as compilers write it. */
function problemOf(line: string): SnapshotProblem {
  const [, place, detail] = /^([^:\s]+:\d+):\d+:\s*(.*)$/.exec(line) ?? [];
  return place === undefined ? protosProblem('', line) : protosProblem(place, detail!);
}
