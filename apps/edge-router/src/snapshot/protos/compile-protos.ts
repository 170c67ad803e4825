import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROVIDED_PROTOS } from './gen/provided-protos';

/** Sources that don't compile, or a compiler that can't be run. The message is what it said. */
export class ProtosError extends Error {
  override readonly name = 'ProtosError';
}

/** A descriptor set larger than this is no API. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const COMPILE_MS = 60_000;

/**
 * The descriptor set of EDGE_PROTOS.
 * @param path a file that is one already, or a folder of `.proto` sources, which is their import root
 * @throws ProtosError
 */
export async function descriptorSetAt(path: string): Promise<Uint8Array> {
  if (statSync(path).isFile()) return readFile(path);
  const folder = mkdtempSync(join(tmpdir(), 'edge-protos-'));
  try {
    collectSources(path, folder);
    return await runBuf(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sources beside those that the platform provides; a copy that somebody vendored wins. */
function collectSources(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (source) =>
      !source.includes('/node_modules') && (statSync(source).isDirectory() || source.endsWith('.proto')),
  });
  for (const [name, source] of Object.entries(PROVIDED_PROTOS)) {
    const file = join(to, name);
    if (existsSync(file)) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, source);
  }
}

/** `buf` is a program of its own; its package holds a launcher that finds the platform's binary. */
async function runBuf(folder: string): Promise<Uint8Array> {
  // Imported so that the package is among the deployed app's dependencies.
  await import('@bufbuild/buf');
  const launcher = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
  try {
    const options = { encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES, timeout: COMPILE_MS } as const;
    // With source information: comments are the prose of the API's description.
    const args = [launcher, 'build', folder, '--as-file-descriptor-set', '-o', '-#format=binpb'];
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    throw new ProtosError((stderr?.toString() || message).replaceAll(`${folder}/`, '').trim());
  }
}
