import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileRegistry, type DescMessage, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** `rules.proto` as descriptors that exist at run time only, as contracts do. */
function compile(): FileRegistry {
  const root = mkdtempSync(join(tmpdir(), 'gateway-rules-'));
  try {
    cpSync(import.meta.dirname, root, { recursive: true });
    cpSync('protos/buf', join(root, 'buf'), { recursive: true });
    const built = spawnSync('node_modules/.bin/buf', ['build', root, '-o', '-'], { maxBuffer: 1 << 24 });
    if (built.status !== 0) throw new Error(String(built.stderr));
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, built.stdout));
  } finally {
    rmSync(root, { recursive: true });
  }
}

export const registry = compile();

/** A message type of `rules.proto`. */
export const typeOf = (name: string): DescMessage => registry.getMessage(`rules.v1.${name}`)!;
