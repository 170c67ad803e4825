import { spawnSync } from 'node:child_process';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethodUnary,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { TranscodingOptions } from '../options';
import { compileTranscoder, type HttpBinding, type Transcoder } from '../transcoder';

/** `everything.proto` as descriptors that exist at run time only, as contracts do. */
function compile(): FileRegistry {
  const built = spawnSync('node_modules/.bin/buf', ['build', import.meta.dirname, '-o', '-'], { maxBuffer: 1 << 24 });
  if (built.status !== 0) throw new Error(String(built.stderr));
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, built.stdout));
}

export const registry = compile();
/** A method of the service. */
export const methodOf = (name: string): DescMethodUnary =>
  registry.getService('everything.v1.EverythingService')!.methods.find((each) => each.name === name) as DescMethodUnary;
export const method = methodOf('Do');
export const Everything: DescMessage = method.input;

/** A transcoder of a method, `Do` unless another is given. */
export const transcoder = (
  binding: Partial<HttpBinding> = {},
  options: Partial<TranscodingOptions> = {},
  of = method,
): Transcoder => compileTranscoder(of, { variables: [], body: '', responseBody: '', ...binding }, registry, options);
