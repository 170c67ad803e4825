import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  create,
  fromBinary,
  toBinary,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Client, credentials, type Metadata, Metadata as GrpcMetadata } from '@grpc/grpc-js';

/** A plain grpc-js client with one identity, as any service would use. */
export interface GrpcCaller {
  /** @throws grpc-js' ServiceError with its `code` */
  unary<I extends DescMethod>(
    method: I,
    request: MessageInitShape<I['input']>,
    headers?: Record<string, string>,
  ): Promise<MessageShape<I['output']>>;
  close(): void;
}

/**
 * @param address host:port
 * @param identity folder with cert.pem, key.pem, ca.pem; null: no certificate
 */
export function grpcCaller(address: string, identity: string | null, caFile: string): GrpcCaller {
  const pem = (name: string): Buffer => readFileSync(join(identity!, `${name}.pem`));
  const secure =
    identity === null
      ? credentials.createSsl(readFileSync(caFile))
      : credentials.createSsl(readFileSync(caFile), pem('key'), pem('cert'));
  const client = new Client(address, secure);
  return {
    unary: (method, request, headers = {}) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (value: Uint8Array) => Buffer.from(value),
          (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<typeof method.output>,
          toBinary(method.input, create(method.input, request)),
          metadata(headers),
          { deadline: Date.now() + 5000 },
          (error, answer) => (error ? reject(error) : resolve(answer as never)),
        );
      }),
    close: () => client.close(),
  };
}

function metadata(headers: Record<string, string>): Metadata {
  const result = new GrpcMetadata();
  for (const [name, value] of Object.entries(headers)) result.set(name, value);
  return result;
}
