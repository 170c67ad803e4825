import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type DescService,
  type Message,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/** What Nest's gRPC transport needs instead of a .proto file. */
export type PackageDefinition = Readonly<Record<string, ServiceDefinition>>;

/** The definition of services for Nest's gRPC transport, from their generated descriptors. */
export const packageDefinitionOf = (services: readonly DescService[]): PackageDefinition =>
  Object.fromEntries(services.map((service) => [service.typeName, serviceDefinition(service)]));

const serviceDefinition = (service: DescService): ServiceDefinition =>
  Object.fromEntries(service.methods.map((method) => [method.name, methodDefinition(method)]));

const methodDefinition = (method: DescMethod): MethodDefinition<object, object> & { originalName: string } => ({
  path: `/${method.parent.typeName}/${method.name}`,
  requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
  responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
  requestSerialize: serializer(method.input),
  requestDeserialize: (bytes) => fromBinary(method.input, bytes),
  responseSerialize: serializer(method.output),
  responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  originalName: method.localName,
});

/** Bytes of messages that many callers get; none yet: whoever comes first encodes it. */
const shared = new WeakMap<object, Buffer | null>();

/**
 * Lets a message be encoded once, however many streams it is written to. It must not change any more.
 * @returns the message
 */
export function encodedOnce<M extends Message>(message: M): M {
  shared.set(message, null);
  return message;
}

/** Takes a message, or the fields of one. */
const serializer = (schema: DescMessage) => {
  const encode = (value: object): Buffer => {
    const message = '$typeName' in value ? (value as Message) : create(schema, value as MessageInitShape<DescMessage>);
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  return (value: object): Buffer => {
    const known = shared.get(value);
    if (known) return known;
    const bytes = encode(value);
    if (known === null) shared.set(value, bytes);
    return bytes;
  };
};
