import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createFileRegistry,
  type DescMethod,
  type DescService,
  fromBinary,
  fromJson,
  type JsonObject,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { loadIdentity } from '@gateway/mtls';
import { startService } from '@gateway/platform';
import { silentLogger } from '@gateway/telemetry';
import { createAuthority, freePort } from '@gateway/testing';
import {
  Metadata,
  Server,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { edgeModule } from './app.module';
import { edgeConfig } from './config';
import { descriptorSetAt } from './snapshot/protos/compile-protos';

/** One call as the service got it. */
export interface ServiceCall {
  readonly method: string;
  readonly request: JsonObject;
  readonly metadata: Metadata;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** What the service answers: JSON of the response message, or an error; with metadata. */
export interface ServiceAnswer {
  readonly response?: JsonObject;
  readonly error?: { readonly code: status; readonly details: string };
  readonly headers?: Record<string, string | Buffer>;
  readonly trailers?: Record<string, string | Buffer>;
}

/** A whole edge in front of one gRPC service with a contract of its own. */
export interface RpcEdge {
  /** Without TLS: HTTP/1.1. */
  readonly http: string;
  /** `localhost:<port>`, with TLS: HTTP/2 and HTTP/1.1. */
  readonly secure: string;
  /** PEM. */
  readonly ca: string;
  readonly service: DescService;
  readonly calls: ServiceCall[];
  /** Of the edge's own port for operators. */
  readonly adminUrl: string;
  /** Gets a page of the operator's, or posts to it when there is a body. */
  admin(path: string, body?: object): Promise<unknown>;
  /** Ends the service, and leaves the edge. */
  stopService(): void;
  stop(): Promise<void>;
}

/**
 * Starts an edge on HTTP and HTTPS, and behind it, over mutual TLS, the one service of a contract.
 * @param proto the contract of `shop.v1.ShopService`
 * @param answer what its unary methods do
 * @param settings of the edge, beside its own
 */
export async function startRpcEdge(
  proto: string,
  answer: (call: ServiceCall) => ServiceAnswer,
  settings: Record<string, string> = {},
): Promise<RpcEdge> {
  const folder = mkdtempSync(join(tmpdir(), 'rpc-edge-'));
  const authority = await createAuthority(join(folder, 'ca'));
  const protos = join(folder, 'contract.binpb');
  writeFileSync(protos, await compile(join(folder, 'protos'), proto));
  const service = serviceAt(protos);
  const calls: ServiceCall[] = [];
  const identity = await authority.issue('shop-service');
  const [server, port] = await startServer(service, identity, (call) => {
    calls.push(call);
    return answer(call);
  });
  const [http, https] = [await freePort(), await freePort()];
  const own = environment(await authority.issue('edge-router'), { http, https, service: port, protos });
  const env = { ...own, ...settings };
  const definition = { name: 'edge-router', config: edgeConfig(env), module: edgeModule };
  const edge = await startService(definition, env, { logger: silentLogger() });
  const adminUrl = `http://127.0.0.1:${edge.admin.port}`;
  return {
    http: `http://127.0.0.1:${http}`,
    secure: `localhost:${https}`,
    ca: authority.ca,
    service,
    calls,
    adminUrl,
    admin: async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const post = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
      return (await fetch(adminUrl + path, post)).json();
    },
    stopService: () => server.forceShutdown(),
    async stop() {
      await edge.stop();
      server.forceShutdown();
      rmSync(folder, { recursive: true });
    },
  };
}

function compile(sources: string, proto: string): Promise<Uint8Array> {
  mkdirSync(sources);
  writeFileSync(join(sources, 'shop.proto'), proto);
  return descriptorSetAt(sources);
}

function serviceAt(descriptorSet: string): DescService {
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSet));
  return createFileRegistry(set).getService('shop.v1.ShopService')!;
}

function environment(identity: string, at: { http: number; https: number; service: number; protos: string }) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = { keys: [publicKey.export({ format: 'jwk' })] };
  return {
    EDGE_HTTP_PORT: String(at.http),
    EDGE_HTTPS_PORT: String(at.https),
    EDGE_HTTP_MODE: 'serve',
    EDGE_TLS_CERT_FILE: join(identity, 'cert.pem'),
    EDGE_TLS_KEY_FILE: join(identity, 'key.pem'),
    EDGE_ADMIN_PORT: '0',
    EDGE_PROTOS: at.protos,
    SHOP_SERVICE_GRPC: `localhost:${at.service}`,
    GATEWAY_IDENTITY_DIR: identity,
    GATEWAY_ISSUERS: JSON.stringify([{ issuer: 'https://issuer.example', audience: 'shop', jwks }]),
    GATEWAY_DRAIN_DELAY: '1ms',
  };
}

async function startServer(
  service: DescService,
  identityDir: string,
  answer: (call: ServiceCall) => ServiceAnswer,
): Promise<[Server, number]> {
  const server = new Server();
  server.addService(
    Object.fromEntries(service.methods.map((method) => [method.name, definitionOf(method)])),
    Object.fromEntries(service.methods.map((method) => [method.name, handlerOf(method, answer)])),
  );
  const credentials = loadIdentity(identityDir, { pollMs: 0 }).grpcServerCredentials();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return [server, port];
}

/** A method as grpc-js clients and servers know it, with JSON for messages. */
export const definitionOf = ({ name, parent, input, output, methodKind }: DescMethod) => ({
  path: `/${parent.typeName}/${name}`,
  requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
  responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
  requestSerialize: (json: JsonObject) => Buffer.from(toBinary(input, fromJson(input, json))),
  requestDeserialize: (bytes: Buffer) => toJson(input, fromBinary(input, bytes)) as JsonObject,
  responseSerialize: (json: JsonObject) => Buffer.from(toBinary(output, fromJson(output, json))),
  responseDeserialize: (bytes: Buffer) => toJson(output, fromBinary(output, bytes)) as JsonObject,
});

type Answer = (call: ServiceCall) => ServiceAnswer;
type Json = JsonObject;

/** Streaming methods echo: the server's says its one message three times, the client's answers how many it got. */
function handlerOf(method: DescMethod, answer: Answer): UntypedHandleCall {
  if (method.methodKind === 'unary') return implementation(method, answer) as UntypedHandleCall;
  if (method.methodKind === 'server_streaming')
    return (call: ServerWritableStream<Json, Json>) => {
      if (call.request['item'] === 'endless') return;
      for (let i = 1; i <= 3; i++) call.write({ cents: String(i) });
      if (call.request['item'] === 'fails') call.emit('error', { code: status.ABORTED, details: 'half way' });
      else call.end(metadataOf({ 'x-took': '3' }));
    };
  if (method.methodKind === 'client_streaming')
    return (call: ServerReadableStream<Json, Json>, done: sendUnaryData<Json>) => {
      let count = 0;
      call.on('data', () => count++);
      call.on('end', () => done(null, { cents: String(count) }));
    };
  return (call: ServerDuplexStream<Json, Json>) => {
    call.sendMetadata(new Metadata());
    call.on('data', ({ item }: Json) => call.write({ cents: String(item) }));
    call.on('end', () => call.end());
  };
}

const implementation =
  ({ name }: DescMethod, answer: (call: ServiceCall) => ServiceAnswer) =>
  (call: ServerUnaryCall<JsonObject, JsonObject>, done: sendUnaryData<JsonObject>): void => {
    const { request, metadata } = call;
    const { response, error, headers, trailers } = answer({
      method: name,
      request,
      metadata,
      deadline: Number(call.getDeadline()),
    });
    if (headers !== undefined) call.sendMetadata(metadataOf(headers));
    const trailing = trailers === undefined ? undefined : metadataOf(trailers);
    if (error !== undefined) done({ ...error, metadata: trailing });
    else done(null, response ?? {}, trailing);
  };

function metadataOf(fields: Record<string, string | Buffer>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}
