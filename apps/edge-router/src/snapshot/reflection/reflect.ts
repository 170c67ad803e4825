import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError, type GrpcStream } from '@gateway/grpc-pool';
import type { GrpcStreamCaller } from '../../pipeline/forward-stream';
import type { Endpoint } from '../../upstreams/endpoint';
import { type Answer, Conversation } from './conversation';
import { FileCollection } from './file-collection';
import { ReflectionError } from './reflection-error';

/** For all questions to one server together, in milliseconds. */
const REFLECT_MS = 5_000;
/** More services than a server has. */
const MAX_SERVICES = 200;
/** The newer name first; servers that don't know it are asked under the older one. The messages are the same. */
const NAMES = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];
/** What servers have beside what they are for. */
const OWN = /^(?:grpc\.|gateway\.health\.)/;

/**
 * Asks an endpoint what it has.
 * @returns the serialized descriptor set of its services
 * @throws ReflectionError when it doesn't say, says too much, or something that doesn't hold together
 */
export async function reflect(endpoint: Endpoint, grpc: GrpcStreamCaller): Promise<Uint8Array> {
  for (const name of NAMES) {
    const path = `/${name}/ServerReflectionInfo`;
    try {
      return await converse(
        grpc.stream(endpoint, path, { deadlineMs: REFLECT_MS, metadata: [], onCancel: nobodyCancels }),
      );
    } catch (error) {
      if (!(error instanceof GrpcCallError)) throw error;
      if (error.status !== GrpcStatus.UNIMPLEMENTED)
        throw new ReflectionError(`cannot be asked: ${error.message}`, { cause: error });
    }
  }
  throw new ReflectionError('does not offer reflection');
}

const nobodyCancels = (): void => undefined;

async function converse(stream: GrpcStream): Promise<Uint8Array> {
  const conversation = new Conversation(stream);
  try {
    return await collect(conversation);
  } finally {
    conversation.end();
  }
}

async function collect(conversation: Conversation): Promise<Uint8Array> {
  const files = new FileCollection();
  for (const name of servicesOf(await conversation.ask({ case: 'listServices', value: '' })))
    files.add(filesOf(name, await conversation.ask({ case: 'fileContainingSymbol', value: name })));
  for (let name = files.missing(); name !== null; name = files.missing())
    files.add(filesOf(name, await conversation.ask({ case: 'fileByFilename', value: name })), name);
  return files.descriptorSet();
}

function servicesOf({ case: kind, value }: Answer): string[] {
  if (kind !== 'listServicesResponse') throw new ReflectionError('does not list its services');
  const names = value.service.map(({ name }) => name).filter((name) => !OWN.test(name));
  if (names.length === 0) throw new ReflectionError('lists no services');
  if (names.length > MAX_SERVICES) throw new ReflectionError(`lists more than ${MAX_SERVICES} services`);
  return names;
}

function filesOf(name: string, { case: kind, value }: Answer): readonly Uint8Array[] {
  if (kind === 'fileDescriptorResponse') return value.fileDescriptorProto;
  const why = kind === 'errorResponse' ? `: ${value.errorMessage.slice(0, 200)}` : '';
  throw new ReflectionError(`does not tell of ${name}${why}`);
}
