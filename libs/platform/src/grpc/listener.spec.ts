import { readFileSync } from 'node:fs';
import { connect, constants } from 'node:http2';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { service as healthDefinition } from 'grpc-health-check';
import { of } from 'rxjs';
import { authV1, eventsV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import { loadIdentity, spiffeIdFor } from '@gateway/mtls';
import { currentRequest } from '@gateway/telemetry';
import { eventually, freePort, type Authority } from '@gateway/testing';
import { moduleOf, newAuthority, quietEnvironment, testService, type TestConfig } from '../service.fixture';
import { startService, type RunningService } from '../start';
import { abortSignalOf, type CancellableCall } from './abort-signal';
import { packageDefinitionOf } from './definition';
import { GrpcHandler } from './handler';
import { grpcListener, type GrpcListener } from './listener';
import { peerOf, type AuthenticatedCall } from './peer';

const { AuthProxyService } = authV1;
const { EventService } = eventsV1;
const { NGHTTP2_CANCEL } = constants;
let seen: { slow?: boolean; requestId?: string; peer?: string; streamEnded?: boolean; written: number };

/** Answers as its request asks for. */
@Controller()
class AuthController {
  @GrpcHandler(AuthProxyService.method.authenticate)
  authenticate(request: authV1.AuthenticateRequest, _metadata: unknown, call: AuthenticatedCall) {
    seen.requestId = currentRequest()?.requestId;
    seen.peer = peerOf(call).name;
    switch (request.credential) {
      case 'refused':
        throw new GatewayError('GW_CONFLICT', { detail: 'taken already' });
      case 'rpc':
        throw new RpcException({ code: grpc.status.FAILED_PRECONDITION, message: 'not now' });
      case 'text':
        throw new RpcException('just text');
      case 'broken':
        throw new Error('the password of the database is x');
      case 'slow':
        seen.slow = true;
        return new Promise((resolve) => setTimeout(() => resolve({ principal: { subject: 'slow' } }), 200));
      default:
        return { principal: { subject: 'ada' } };
    }
  }

  @GrpcHandler(AuthProxyService.method.watchRevocations)
  async *watch(_request: unknown, metadata: grpc.Metadata, call: CancellableCall) {
    const gone = abortSignalOf(call);
    const mode = metadata.get('x-mode')[0];
    try {
      for (let n = 0; n < (mode === 'flood' ? 100_000 : 3); n += 1) {
        yield create(authV1.WatchRevocationsResponseSchema, {
          sessionId: `s${n}-${'x'.repeat(mode === 'flood' ? 1000 : 0)}`,
        } as never);
        seen.written += 1;
      }
      if (mode === 'fail') throw new GatewayError('GW_OVERLOADED');
      if (mode === 'wait') await new Promise((resolve) => gone.addEventListener('abort', resolve));
    } finally {
      seen.streamEnded = true;
    }
  }
}

@Controller()
class EventController {
  @GrpcHandler(EventService.method.publish)
  publish() {
    return of({ revision: '1-0', duplicate: false });
  }
}

let authority: Authority;
let running: RunningService<TestConfig>;
let listener: GrpcListener;
let events: GrpcListener;
let clients: grpc.Client[];

beforeAll(async () => {
  authority = await newAuthority();
  for (const name of ['auth-proxy', 'edge-router', 'ws-node']) await authority.issue(name);
});
beforeEach(async () => {
  seen = { written: 0 };
  clients = [];
  const env = { ...quietEnvironment, GATEWAY_IDENTITY_DIR: await authority.issue('auth-proxy') };
  const definition = testService((service) => {
    listener = grpcListener(service, {
      address: { host: '127.0.0.1', port: 0 },
      services: [
        {
          desc: AuthProxyService,
          allow: ['edge-router'],
          allowMethod: { WatchRevocations: ['edge-router', 'ws-node'] },
        },
      ],
    });
    events = grpcListener(service, { address: { host: '127.0.0.1', port: 0 }, services: [{ desc: EventService }] });
    return moduleOf(AuthController, EventController);
  });
  running = await startService(definition, env);
});
afterEach(async () => {
  clients.forEach((client) => client.close());
  await running.stop();
});

async function clientOf(name: string, to = listener, host = 'localhost') {
  const identity = loadIdentity(await authority.issue(name), { pollMs: 0 });
  const all = {
    ...packageDefinitionOf([AuthProxyService, EventService]),
    'grpc.health.v1.Health': healthDefinition as grpc.ServiceDefinition,
  };
  const methods = Object.assign({}, ...Object.values(all)) as grpc.ServiceDefinition;
  const Client = grpc.makeGenericClientConstructor(methods, 'Test');
  const client = new Client(
    `${host}:${to.address.port}`,
    identity.grpcClientCredentials({ expect: spiffeIdFor('auth-proxy') }),
    { 'grpc.use_local_subchannel_pool': 1, 'grpc.initial_reconnect_backoff_ms': 50 },
  );
  clients.push(client);
  return client;
}

async function ask(name: string, method: string, request: object, metadata = new grpc.Metadata(), to = listener) {
  const client = await clientOf(name, to);
  return call(client, method, request, metadata);
}

function call(client: grpc.Client, method: string, request: object, metadata = new grpc.Metadata()): Promise<unknown> {
  const unary = (client as unknown as Record<string, (...args: unknown[]) => void>)[method]!;
  return new Promise((resolve, reject) =>
    unary.call(client, request, metadata, { deadline: Date.now() + 5_000 }, (error: unknown, answer: unknown) =>
      error ? reject(error) : resolve(answer),
    ),
  );
}

/** A server stream's messages and its end. */
async function watch(name: string, mode: string) {
  const client = await clientOf(name);
  const metadata = new grpc.Metadata();
  metadata.set('x-mode', mode);
  const open = (client as unknown as Record<string, (...args: unknown[]) => grpc.ClientReadableStream<unknown>>)[
    'WatchRevocations'
  ]!;
  const stream = open.call(client, {}, metadata);
  const messages: unknown[] = [];
  const status = new Promise<grpc.StatusObject>((resolve) => stream.on('status', resolve));
  stream.on('error', () => undefined);
  return { stream, messages, status, read: () => stream.on('data', (message) => messages.push(message)) };
}

/** A bare HTTP/2 client of WatchRevocations that reads nothing: grpc-js' own reads ahead without a bound. */
async function slowReader(mode: string) {
  const identity = loadIdentity(await authority.issue('edge-router'), { pollMs: 0 });
  const session = connect(`https://localhost:${listener.address.port}`, {
    ...identity.tlsClientOptions({ expect: spiffeIdFor('auth-proxy') }),
    ALPNProtocols: ['h2'],
  });
  const path = '/gateway.auth.v1.AuthProxyService/WatchRevocations';
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    'x-mode': mode,
  });
  stream.on('error', () => undefined).pause();
  // An empty message: no compression, length 0.
  stream.end(Buffer.alloc(5));
  return { session, stream };
}

const metricsText = () => running.service.metrics.metrics();

test('a handler knows the caller and the request, and may answer with fields', async () => {
  const metadata = new grpc.Metadata();
  metadata.set('x-request-id', 'r-1');
  await expect(ask('edge-router', 'Authenticate', { credential: 'good' }, metadata)).resolves.toMatchObject({
    $typeName: 'gateway.auth.v1.AuthenticateResponse',
  });
  expect(seen).toMatchObject({ requestId: 'r-1', peer: 'edge-router' });
  expect(await metricsText()).toContain(
    'grpc_server_requests_total{service="gateway.auth.v1.AuthProxyService",method="Authenticate",code="OK"} 1',
  );
});

test('a service is who it is wherever it runs: an IP address is as good as a name', async () => {
  await expect(call(await clientOf('edge-router', listener, '127.0.0.1'), 'Authenticate', {})).resolves.toBeDefined();
});

describe('an error becomes a status', () => {
  test.each([
    ['refused', grpc.status.ALREADY_EXISTS, 'taken already', ['GW_CONFLICT']],
    ['rpc', grpc.status.FAILED_PRECONDITION, 'not now', []],
    ['text', grpc.status.UNKNOWN, 'just text', []],
    ['broken', grpc.status.INTERNAL, 'The gateway failed', ['GW_INTERNAL']],
  ])('%s', async (credential, code, details, trailer) => {
    const error: grpc.ServiceError = await ask('edge-router', 'Authenticate', { credential }).then(
      () => {
        throw new Error('it succeeded');
      },
      (reason) => reason as grpc.ServiceError,
    );
    expect(error).toMatchObject({ code, details });
    expect(error.metadata.get('x-gateway-code')).toEqual(trailer);
    expect(await metricsText()).toContain(`code="${grpc.status[code]}"} 1`);
  });
});

describe('the allow-list', () => {
  test("refuses whom it doesn't name, before the handler", async () => {
    await expect(ask('ws-node', 'Authenticate', {})).rejects.toMatchObject({
      code: grpc.status.PERMISSION_DENIED,
      details: 'spiffe://gateway.local/ws-node may not call /gateway.auth.v1.AuthProxyService/Authenticate',
    });
    expect(seen.peer).toBeUndefined();
    expect(await metricsText()).toContain('method="Authenticate",code="PERMISSION_DENIED"} 1');
  });

  test("lets a method's own list replace the service's", async () => {
    const { status, messages, read } = await watch('ws-node', 'short');
    read();
    expect(await status).toMatchObject({ code: grpc.status.OK });
    expect(messages).toHaveLength(3);
  });

  test('is open to everyone of our CA where there is none', async () => {
    await expect(ask('ws-node', 'Publish', {}, undefined, events)).resolves.toMatchObject({ revision: '1-0' });
  });

  test('refuses a method that the service does not have', async () => {
    expect(() =>
      grpcListener(running.service, {
        address: { host: '127.0.0.1', port: 0 },
        services: [{ desc: EventService, allowMethod: { Publishh: [] } }],
      }),
    ).toThrow('gateway.events.v1.EventService has no method Publishh');
  });
});

test('each listener serves its own services only', async () => {
  await expect(ask('edge-router', 'Publish', {})).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
  await expect(ask('edge-router', 'Authenticate', {}, undefined, events)).rejects.toMatchObject({
    code: grpc.status.UNIMPLEMENTED,
  });
});

describe('a stream', () => {
  test('that fails ends with the mapped status, after its messages', async () => {
    const { status, messages, read } = await watch('edge-router', 'fail');
    read();
    expect(await status).toMatchObject({ code: grpc.status.UNAVAILABLE, details: 'The gateway is overloaded' });
    expect(messages).toHaveLength(3);
  });

  test('is made only as fast as its reader takes it, and ends when the reader goes', async () => {
    const { session, stream } = await slowReader('flood');
    let before = -1;
    // Until the producer stands still: what fits in the buffers of both sides has been written.
    await eventually(() => seen.written > 0 && before === (before = seen.written), { every: 100 });
    expect(seen.written).toBeLessThan(1_000);
    stream.close(NGHTTP2_CANCEL);
    await eventually(() => seen.streamEnded === true);
    session.close();
  });

  test('that waits learns that its reader has gone', async () => {
    const { stream, messages, read } = await watch('edge-router', 'wait');
    read();
    await eventually(() => messages.length === 3);
    stream.cancel();
    await eventually(() => seen.streamEnded === true);
    await eventually(async () => (await metricsText()).includes('method="WatchRevocations",code="CANCELLED"} 1'));
  });
});

describe('health', () => {
  const check = () => ask('ws-node', 'check', { service: AuthProxyService.typeName });

  test('says SERVING to any certificate of ours, and NOT_SERVING while something required is down', async () => {
    await expect(check()).resolves.toMatchObject({ status: 'SERVING' });
    const store = running.service.health.add('store', { required: true });
    await expect(check()).resolves.toMatchObject({ status: 'NOT_SERVING' });
    store.ok();
    await expect(check()).resolves.toMatchObject({ status: 'SERVING' });
  });
});

describe('a listener', () => {
  test('that is stopped is UNAVAILABLE, also for calls under way, and works again when started', async () => {
    const client = await clientOf('edge-router');
    await call(client, 'Authenticate', {});
    const { status } = await watch('edge-router', 'wait');
    await eventually(() => seen.written === 3);
    await listener.stop();
    expect(await status).toMatchObject({ code: grpc.status.UNAVAILABLE });
    await expect(call(client, 'Authenticate', {})).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE });
    const { port } = listener.address;
    await listener.start();
    expect(listener.address.port).toBe(port);
    await eventually(() => call(client, 'Authenticate', {}));
  });

  test('that drains lets calls under way finish', async () => {
    const answer = ask('edge-router', 'Authenticate', { credential: 'slow' });
    await eventually(() => seen.slow === true);
    await listener.drain();
    await expect(answer).resolves.toMatchObject({ principal: { subject: 'slow' } });
    await expect(ask('edge-router', 'Authenticate', {})).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE });
  });

  test('that drains ends its streams, so that their readers turn elsewhere, and closes', async () => {
    const { status } = await watch('edge-router', 'wait');
    await eventually(() => seen.written === 3);
    await listener.drain();
    expect(await status).toMatchObject({ code: grpc.status.UNAVAILABLE, details: 'the service is shutting down' });
    expect(seen.streamEnded).toBe(true);
    await listener.start();
  });
});

test('a caller of our CA that names no service is refused', async () => {
  const nameless = await authority.issue('nameless', { spiffeId: 'https://gateway.local/nameless' });
  const [key, cert] = ['key.pem', 'cert.pem'].map((file) => readFileSync(join(nameless, file)));
  const credentials = grpc.credentials.createSsl(Buffer.from(authority.ca), key!, cert!);
  const Client = grpc.makeGenericClientConstructor(
    packageDefinitionOf([AuthProxyService])[AuthProxyService.typeName]!,
    'Test',
  );
  const client = new Client(`localhost:${listener.address.port}`, credentials);
  clients.push(client);
  await expect(call(client, 'Authenticate', {})).rejects.toMatchObject({
    code: grpc.status.PERMISSION_DENIED,
    details: expect.stringContaining('a caller without a SPIFFE id'),
  });
  expect(() => peerOf({ getAuthContext: () => ({}) })).toThrow('the certificate names no service');
});

test('a busy gRPC port fails the start with its number, and leaves nothing open', async () => {
  const taken = listener.address;
  const definition = testService((service) => {
    grpcListener(service, { address: taken, services: [{ desc: EventService }] });
    return moduleOf(EventController);
  });
  const env = {
    ...quietEnvironment,
    TEST_ADMIN_PORT: String(await freePort()),
    GATEWAY_IDENTITY_DIR: await authority.issue('auth-proxy'),
  };
  await expect(startService(definition, env)).rejects.toMatchObject({ code: 'EADDRINUSE', port: taken.port });
  await expect(fetch(`http://127.0.0.1:${env.TEST_ADMIN_PORT}/livez`)).rejects.toThrow();
});

test('a service without an identity has no gRPC port', async () => {
  const definition = testService((service) => {
    grpcListener(service, { address: { host: '127.0.0.1', port: 0 }, services: [] });
    return moduleOf();
  });
  await expect(startService(definition, quietEnvironment)).rejects.toThrow('GATEWAY_IDENTITY_DIR: is required');
});
