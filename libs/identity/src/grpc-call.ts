import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Metadata, type Client, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';

/** A method of a generated service description, with its message types. */
export interface Method<I extends DescMessage, O extends DescMessage> extends DescMethod {
  readonly input: I;
  readonly output: O;
}

const pathOf = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`;

/** Calls a unary method. Rejects with grpc-js's `ServiceError`. @param deadline milliseconds since the epoch */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: Method<I, O>,
  request: MessageInitShape<I>,
  deadline: number,
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      pathOf(method),
      (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      create(method.input, request),
      new Metadata(),
      { deadline },
      (error: ServiceError | null, response?: MessageShape<O>) => (error ? reject(error) : resolve(response!)),
    );
  });
}

/** Opens a server stream. It fails through its `error` event, with grpc-js's `ServiceError`. */
export function callServerStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: Method<I, O>,
  request: MessageInitShape<I>,
): ClientReadableStream<MessageShape<O>> {
  return client.makeServerStreamRequest(
    pathOf(method),
    (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
    (bytes: Buffer) => fromBinary(method.output, bytes),
    create(method.input, request),
  );
}
