import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { type Identity, loadIdentity, spiffeIdFor } from '@gateway/mtls';
import {
  type Authority,
  createAuthority,
  eventually,
  type FaultyLink,
  freePort,
  startFaultyLink,
} from '@gateway/testing';
import { HealthImplementation } from 'grpc-health-check';
import { GrpcProbe } from './grpc-probe';
import { HttpProbe } from './http-probe';
import type { Probe, ProbeTarget } from './checker';
import { tcpProbe } from './tcp-probe';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

const { Protocol } = registryV1;
const OWNER = spiffeIdFor('demo-service');
const END = { endStream: true };

let folder: string;
let authority: Authority;
let own: Identity;
let registry: Identity;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'probes-'));
  authority = await createAuthority(folder);
  own = loadIdentity(await authority.issue('demo-service'), { pollMs: 0 });
  registry = loadIdentity(await authority.issue('registry-daemon'), { pollMs: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const targetAt = (port: number, change: Partial<ProbeTarget> = {}): ProbeTarget => ({
  key: 'demo-service/a@e.1',
  address: `localhost:${port}`,
  owner: OWNER,
  protocol: Protocol.GRPC,
  target: '',
  ...change,
});

/** Checks once; null when it passed. */
const failureOf = (probe: Probe, target: ProbeTarget, withinMs = 10_000): Promise<string | null> =>
  probe.check(target, AbortSignal.timeout(withinMs)).then(
    () => null,
    ({ message }: Error) => message,
  );

async function listening(server: TcpServer): Promise<number> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function linkTo(port: number): Promise<FaultyLink> {
  const link = await startFaultyLink(port);
  closing.push(() => link.close());
  return link;
}

describe('tcp', () => {
  const target = (port: number) => targetAt(port, { protocol: Protocol.HTTP1 });

  test('passes when a connection is accepted, and keeps none', async () => {
    let open = 0;
    const server = createTcpServer((socket) => {
      open += 1;
      socket.on('error', () => undefined).once('close', () => (open -= 1));
    });
    const accepted = once(server, 'connection');
    expect(await failureOf(tcpProbe, target(await listening(server)))).toBeNull();
    await accepted;
    await eventually(() => open === 0);
    tcpProbe.forget('x');
    tcpProbe.close();
  });

  test('fails when it is refused', async () => {
    expect(await failureOf(tcpProbe, target(await freePort()))).toMatch(/ECONNREFUSED|^$/);
  });
});

describe('http', () => {
  let probe: HttpProbe;

  async function serve(listener: RequestListener): Promise<{ port: number; connections: () => number }> {
    const server = createServer(own.tlsServerOptions({ clientCert: 'required' }), listener);
    let connections = 0;
    server.on('secureConnection', () => (connections += 1));
    const port = await listening(server);
    probe = new HttpProbe(registry);
    closing.push(() => probe.close());
    return { port, connections: () => connections };
  }
  const target = (port: number, change: Partial<ProbeTarget> = {}) =>
    targetAt(port, { protocol: Protocol.HTTP1, target: '/healthz', ...change });

  test('passes below 400, over one connection', async () => {
    const seen: string[] = [];
    const { port, connections } = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(seen.length === 1 ? 200 : 302).end('fine');
    });
    expect(await failureOf(probe, target(port))).toBeNull();
    expect(await failureOf(probe, target(port))).toBeNull();
    expect(seen).toEqual(['GET /healthz', 'GET /healthz']);
    expect(connections()).toBe(1);
    probe.forget(target(port).key);
    expect(await failureOf(probe, target(port))).toBeNull();
    expect(connections()).toBe(2);
  });

  test('fails from 400 on, and says with what', async () => {
    const { port } = await serve((_request, response) => response.writeHead(503).end());
    expect(await failureOf(probe, target(port))).toBe('GET /healthz is answered with 503');
  });

  test('speaks HTTP/2 to what speaks HTTP/2', async () => {
    const server = createSecureServer(own.tlsServerOptions({ clientCert: 'required' }), (request, response) => {
      response.writeHead(request.httpVersionMajor === 2 ? 200 : 505).end();
    });
    let sessions = 0;
    server.on('session', () => (sessions += 1));
    const port = await listening(server);
    probe = new HttpProbe(registry);
    closing.push(() => probe.close());
    expect(await failureOf(probe, target(port, { protocol: Protocol.H2 }))).toBeNull();
    expect(await failureOf(probe, target(port, { protocol: Protocol.H2 }))).toBeNull();
    expect(sessions).toBe(1);
  });

  test('fails when somebody else answers', async () => {
    const { port } = await serve((_request, response) => response.end());
    const other = target(port, { owner: spiffeIdFor('other-service') });
    expect(await failureOf(probe, other)).toMatch(/expected .*other-service.* but .*demo-service/);
  });

  test('dials anew after a failure, so that a dead connection fails once', async () => {
    const { port, connections } = await serve((_request, response) => response.end());
    const link = await linkTo(port);
    const through = target(link.port);
    expect(await failureOf(probe, through)).toBeNull();
    await link.set({ kind: 'hang' });
    expect(await failureOf(probe, through, 200)).toMatch(/abort/i);
    await link.set({ kind: 'none' });
    expect(await failureOf(probe, through)).toBeNull();
    expect(connections()).toBe(2);
  });

  test('whatever answers that isn’t HTTP, it fails and goes on', async () => {
    const { port } = await serve((_request, response) => response.socket!.end('garbage\r\n\r\n'));
    expect(await failureOf(probe, target(port))).toMatch(/./);
  });

  test('gives up an answer that never ends', async () => {
    const { port } = await serve((_request, response) => {
      response.on('error', () => undefined);
      const more = (): boolean => response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(more));
      more();
    });
    expect(await failureOf(probe, target(port), 2_000)).toBeNull();
  });
});

describe('grpc', () => {
  let probe: GrpcProbe;

  async function serve(interceptors: ServerInterceptor[] = [], withHealth = true) {
    const server = new Server({ interceptors });
    const health = new HealthImplementation({ '': 'SERVING', 'demo.v1.Sick': 'NOT_SERVING' });
    if (withHealth) health.addToServer(server);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('localhost:0', own.grpcServerCredentials(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    closing.push(() => server.forceShutdown());
    probe = new GrpcProbe(registry);
    closing.push(() => probe.close());
    return { port, health };
  }
  const answering =
    (code: status): ServerInterceptor =>
    (_method, call) =>
      new ServerInterceptingCall(call, {
        start: (next) => {
          next();
          call.sendStatus({ code, details: status[code] });
        },
      });

  test('passes while it serves, and fails while it doesn’t', async () => {
    const { port, health } = await serve();
    expect(await failureOf(probe, targetAt(port))).toBeNull();
    expect(await failureOf(probe, targetAt(port, { target: 'demo.v1.Sick' }))).toBe('it says NOT_SERVING');
    health.setStatus('', 'NOT_SERVING');
    expect(await failureOf(probe, targetAt(port))).toBe('it says NOT_SERVING');
    health.setStatus('', 'SERVING');
    expect(await failureOf(probe, targetAt(port))).toBeNull();
  });

  test('passes when there is no health service', async () => {
    const { port } = await serve([], false);
    expect(await failureOf(probe, targetAt(port))).toBeNull();
  });

  test.each([status.PERMISSION_DENIED, status.UNAUTHENTICATED, status.NOT_FOUND])(
    'passes when it answers, but not this: %s',
    async (code) => {
      const { port } = await serve([answering(code)]);
      expect(await failureOf(probe, targetAt(port))).toBeNull();
    },
  );

  test('fails when it doesn’t know the name that it asked to be checked', async () => {
    const { port } = await serve();
    expect(await failureOf(probe, targetAt(port, { target: 'demo.v1.Nobody' }))).toMatch(/demo\.v1\.Nobody|unknown/i);
  });

  test('fails when it is refused, when somebody else answers, and when nothing does', async () => {
    const { port } = await serve();
    expect(await failureOf(probe, targetAt(await freePort()))).toMatch(/ECONNREFUSED/);
    const other = targetAt(port, { key: 'other', owner: spiffeIdFor('other-service') });
    expect(await failureOf(probe, other)).toMatch(/expected .*other-service/);
    const link = await linkTo(port);
    const through = targetAt(link.port, { key: 'through' });
    await link.set({ kind: 'blackhole' });
    expect(await failureOf(probe, through, 200)).toMatch(/abort/i);
    await link.set({ kind: 'none' });
    expect(await failureOf(probe, through)).toBeNull();
  });

  test('fails when it answers what isn’t gRPC, or isn’t a health status', async () => {
    const answers: [string, (stream: ServerHttp2Stream) => void][] = [
      ["it answers with HTTP status 404, which isn't gRPC", (stream) => stream.respond({ ':status': 404 }, END)],
      [
        'it answers UNAVAILABLE: 50% off',
        (stream) => stream.respond({ 'grpc-status': '14', 'grpc-message': '50% off' }, END),
      ],
      ['it answers INTERNAL: a b', (stream) => stream.respond({ 'grpc-status': 13, 'grpc-message': 'a%20b' }, END)],
      ['it answers with an unknown status: ', (stream) => stream.respond({ 'grpc-status': 'what' }, END)],
      ['it answers something that is no health status', (stream) => stream.respond({ 'grpc-status': 0 }, END)],
      ['its answer is too long', (stream) => void (stream.respond({}), stream.end('x'.repeat(2_000)))],
      ['the connection was closed', (stream) => stream.session!.close(() => undefined) ?? stream.close(0)],
    ];
    let answer = answers[0]![1];
    const server = createSecureServer(own.tlsServerOptions({ clientCert: 'required' }));
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      answer(stream);
    });
    const port = await listening(server);
    probe = new GrpcProbe(registry);
    closing.push(() => probe.close());
    for (const [failure, each] of answers) {
      answer = each;
      expect(await failureOf(probe, targetAt(port))).toBe(failure);
    }
  });

  test('keeps its connection from one check to the next', async () => {
    const { port } = await serve();
    const link = await linkTo(port);
    for (let n = 0; n < 3; n++) expect(await failureOf(probe, targetAt(link.port))).toBeNull();
    expect(link.accepted).toBe(1);
    probe.forget(targetAt(link.port).key);
    expect(await failureOf(probe, targetAt(link.port))).toBeNull();
    expect(link.accepted).toBe(2);
  });
});
