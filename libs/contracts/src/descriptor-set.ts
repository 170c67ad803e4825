import { createHash } from 'node:crypto';
import { create, createFileRegistry, type DescFile, type FileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type FileComments, withComments } from './comments';
import { ContractError, WHOLE_SET } from './contract-error';
import { messageOf } from './message-of';

/** What a contract may cost: it is sent to, compiled and held by every edge. */
export const CONTRACT_BOUNDS = {
  /** Bytes of the serialized set: fits in a gRPC message (4 MiB) with room for the rest of a registration. */
  bytes: 3 * 1024 * 1024,
  files: 400,
  /** Of all services together. */
  methods: 1_000,
  /** HTTP bindings of one method. */
  bindings: 32,
  /** How deep message definitions and option values nest. */
  depth: 32,
} as const;

/** The name of a contract: `sha256:` and the hex digest of the serialized set. */
export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Whether it looks like what `digestOf` returns. */
export const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

/**
 * The registry of a serialized `google.protobuf.FileDescriptorSet`.
 * @throws ContractError when it is out of bounds, isn't one, or lacks an import
 */
export function readDescriptorSet(bytes: Uint8Array): FileRegistry {
  if (bytes.length > CONTRACT_BOUNDS.bytes)
    throw new ContractError('bounds', WHOLE_SET, `${bytes.length} bytes are more than ${CONTRACT_BOUNDS.bytes}`);
  const set = decode(bytes);
  if (set.file.length === 0) throw new ContractError('malformed', WHOLE_SET, 'the descriptor set has no files');
  if (set.file.length > CONTRACT_BOUNDS.files)
    throw new ContractError('bounds', WHOLE_SET, `${set.file.length} files are more than ${CONTRACT_BOUNDS.files}`);
  const file = importsFirst(set.file);
  try {
    return createFileRegistry(create(FileDescriptorSetSchema, { file }));
  } catch (cause) {
    throw new ContractError('malformed', WHOLE_SET, `the descriptors don't hold together: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/**
 * The serialized descriptor set of generated files and all they import: what a service publishes as its contract.
 * The same files give the same bytes, whatever their order.
 * @param comments of files by their names; generated code leaves them out, and they are the prose of the documentation
 */
export function descriptorSetOf(
  files: readonly DescFile[],
  comments: Readonly<Record<string, FileComments>> = {},
): Uint8Array {
  const found = new Map<string, FileDescriptorProto>();
  const visit = (file: DescFile): void => {
    if (found.has(file.proto.name)) return;
    file.dependencies.forEach(visit);
    const { name } = file.proto;
    found.set(name, Object.hasOwn(comments, name) ? withComments(file.proto, comments[name]!) : file.proto);
  };
  [...files].sort((a, b) => (a.proto.name < b.proto.name ? -1 : 1)).forEach(visit);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...found.values()] }));
}

function decode(bytes: Uint8Array): FileDescriptorSet {
  try {
    return fromBinary(FileDescriptorSetSchema, bytes, { recursionLimit: CONTRACT_BOUNDS.depth });
  } catch (cause) {
    throw new ContractError('malformed', WHOLE_SET, `not a descriptor set: ${messageOf(cause)}`, { cause });
  }
}

/** protoc writes imports before their importers, other tools don't; the registry needs it so. */
function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const state = new Map<string, 'open' | 'done'>();
  const ordered: FileDescriptorProto[] = [];
  const visit = (file: FileDescriptorProto): void => {
    if (state.get(file.name) === 'done') return;
    const place = { file: file.name, symbol: '' };
    if (state.get(file.name) === 'open') throw new ContractError('import', place, 'the file imports itself');
    state.set(file.name, 'open');
    for (const name of file.dependency) {
      const dependency = byName.get(name);
      if (!dependency) throw new ContractError('import', place, `imports ${name}, which the set doesn't have`);
      visit(dependency);
    }
    state.set(file.name, 'done');
    ordered.push(file);
  };
  files.forEach(visit);
  return ordered;
}
