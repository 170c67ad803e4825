import { create, fromBinary, toBinary, type DescMessage, type DescMethod, type DescService } from '@bufbuild/protobuf';
import {
  Client,
  Metadata,
  Server,
  type ServerWritableStream,
  type ServiceDefinition,
  type ServiceError,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';

/** A stream that a fixture writes to. */
export type FixtureStream = ServerWritableStream<unknown, object>;

/** Answers by method name: a unary one returns the answer's fields or throws `{code}`, a streaming one gets the call. */
export type FixtureHandlers = Record<string, (request: never, call: FixtureStream) => object | void>;

/** A gRPC service of another app, played by a test over real mutual TLS. */
export interface GrpcFixture {
  readonly address: string;
  stop(): void;
}

const codecOf = (method: DescMethod) => ({
  path: `/${method.parent.typeName}/${method.name}`,
  requestStream: false,
  responseStream: method.methodKind === 'server_streaming',
  requestSerialize: (message: object) => Buffer.from(toBinary(method.input, message as never)),
  requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
  responseSerialize: (fields: object) => Buffer.from(toBinary(method.output, create(method.output, fields as never))),
  responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
});

/** Serves a description with an identity's certificate on a free port. */
export async function serveGrpc(
  desc: DescService,
  identityDir: string,
  handlers: FixtureHandlers,
): Promise<GrpcFixture> {
  const identity = loadIdentity(identityDir, { pollMs: 0 });
  const server = new Server();
  const methods = desc.methods.filter((method) => method.localName in handlers);
  const definition = Object.fromEntries(methods.map((method) => [method.localName, codecOf(method)]));
  const implementation = Object.fromEntries(
    methods.map((method): [string, UntypedHandleCall] => {
      const handle = handlers[method.localName]!;
      if (method.methodKind === 'server_streaming')
        return [method.localName, (call: FixtureStream) => void handle(call.request as never, call)];
      return [
        method.localName,
        (call: { request: unknown }, done: (error: object | null, answer?: unknown) => void) => {
          try {
            done(null, handle(call.request as never, call as never));
          } catch (error) {
            done(error as object);
          }
        },
      ];
    }),
  );
  server.addService(definition as ServiceDefinition, implementation as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', identity.grpcServerCredentials(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `localhost:${port}`, stop: () => server.forceShutdown() };
}

/** Calls a unary method of a server under an identity. Rejects with grpc-js's error. */
export async function callGrpc<I extends DescMessage, O extends DescMessage>(
  port: number,
  { identityDir, expect }: { identityDir: string; expect: string },
  method: DescMethod & { input: I; output: O },
  request: object,
): Promise<Record<string, unknown>> {
  const identity = loadIdentity(identityDir, { pollMs: 0 });
  const client = new Client(`localhost:${port}`, identity.grpcClientCredentials({ expect: spiffeIdFor(expect) }));
  const { path, requestSerialize, responseDeserialize } = codecOf(method);
  try {
    return await new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        create(method.input, request as never) as object,
        new Metadata(),
        { deadline: Infinity },
        (error: ServiceError | null, answer?: unknown) => (error ? reject(error) : resolve(answer as never)),
      ),
    );
  } finally {
    client.close();
  }
}
