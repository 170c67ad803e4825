import { spawnSync } from 'node:child_process';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethodUnary,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { compileTranscoder, type HttpBinding, type Transcoder } from '../transcoder';

/** `everything.proto` as descriptors that exist at run time only, as contracts do. */
function compile(): FileRegistry {
  const built = spawnSync('node_modules/.bin/buf', ['build', import.meta.dirname, '-o', '-'], { maxBuffer: 1 << 24 });
  if (built.status !== 0) throw new Error(String(built.stderr));
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, built.stdout));
}

export const registry = compile();
export const method = registry.getService('everything.v1.EverythingService')!.methods[0] as DescMethodUnary;
export const Everything: DescMessage = method.input;

/** A transcoder of the method. */
export const transcoder = (binding: Partial<HttpBinding> = {}): Transcoder =>
  compileTranscoder(method, { variables: [], body: '', responseBody: '', ...binding }, registry);
