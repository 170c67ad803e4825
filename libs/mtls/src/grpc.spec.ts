import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { identityFolder, leaf, root, writeIdentity, type Issued } from './certificates.fixture';
import { loadIdentity, type Identity } from './identity';
import { spiffeIdOf } from './spiffe';

const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
/** A service with one method, which answers with the caller's SPIFFE id. */
const WhoAmI: grpc.ServiceDefinition = {
  ask: {
    path: '/test.v1.WhoAmI/Ask',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
  },
};
const EDGE = 'spiffe://gateway.local/edge-router';

let ca: Issued;
let foreign: Issued;
let dir: string;
let identity: Identity;
let client: Identity;
let server: grpc.Server;
let port: number;
const clients: grpc.Client[] = [];

beforeAll(async () => {
  ca = await root();
  foreign = await root('foreign root');
  dir = await identityFolder(ca, 'edge-router');
  identity = loadIdentity(dir, { pollMs: 10 });
  client = loadIdentity(await identityFolder(ca, 'ws-node'), { pollMs: 0 });
  server = new grpc.Server();
  server.addService(WhoAmI, {
    ask: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
      done(null, Buffer.from(spiffeIdOf(call.getAuthContext().sslPeerCertificate) ?? 'nobody')),
  });
  port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', identity.grpcServerCredentials(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
});
afterEach(() => clients.splice(0).forEach((each) => each.close()));
afterAll(() => {
  server.forceShutdown();
  identity.close();
});

function ask(credentials: grpc.ChannelCredentials, host = 'localhost'): Promise<string> {
  const channel = new grpc.Client(`${host}:${port}`, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  clients.push(channel);
  return new Promise((resolve, reject) =>
    channel.makeUnaryRequest(
      '/test.v1.WhoAmI/Ask',
      bytes.serialize,
      bytes.deserialize,
      Buffer.alloc(0),
      { deadline: Date.now() + 5_000 },
      (error, answer) => (error ? reject(error) : resolve(String(answer))),
    ),
  );
}

const unavailable = expect.objectContaining({ code: grpc.status.UNAVAILABLE });

test('both sides know each other', async () => {
  expect(await ask(client.grpcClientCredentials({ expect: EDGE }))).toBe('spiffe://gateway.local/ws-node');
});

test('a server may be called by its IP address, which Node refuses as a server name', async () => {
  expect(await ask(client.grpcClientCredentials({ expect: EDGE }), '127.0.0.1')).toBe('spiffe://gateway.local/ws-node');
});

test('channels to the same server share credentials, and so connections', () => {
  expect(client.grpcClientCredentials({ expect: EDGE })).toBe(client.grpcClientCredentials({ expect: EDGE }));
  expect(client.grpcClientCredentials({ expect: 'spiffe://gateway.local/other' })).not.toBe(
    client.grpcClientCredentials({ expect: EDGE }),
  );
});

describe('the server refuses in the handshake', () => {
  const tls = (with_: Issued | null) =>
    grpc.credentials.createSsl(Buffer.from(ca.cert), with_ && Buffer.from(with_.key), with_ && Buffer.from(with_.cert));

  test('a client without a certificate', async () => {
    await expect(ask(tls(null))).rejects.toEqual(unavailable);
  });

  test('a client of a foreign CA', async () => {
    await expect(ask(tls(await leaf(foreign, 'ws-node')))).rejects.toEqual(unavailable);
  });

  test('an expired client', async () => {
    const expired = await leaf(ca, 'ws-node', { from: -7_200_000, to: -3_600_000 });
    await expect(ask(tls(expired))).rejects.toEqual(unavailable);
  });

  test('a client without TLS', async () => {
    await expect(ask(grpc.credentials.createInsecure())).rejects.toEqual(unavailable);
  });
});

test('the client refuses a server that is not the expected one', async () => {
  const other = client.grpcClientCredentials({ expect: 'spiffe://gateway.local/project-service' });
  await expect(ask(other)).rejects.toMatchObject({
    code: grpc.status.UNAVAILABLE,
    details: expect.stringContaining('expected spiffe://gateway.local/project-service'),
  });
});

test('both sides use a rotated pair for new connections; a call under way goes on', async () => {
  const standing = ask(client.grpcClientCredentials({ expect: EDGE }));
  const newCa = await root('new root');
  const next = await leaf(newCa, 'edge-router');
  const reloaded = new Promise<void>((resolve) => identity.onReload(resolve));
  writeIdentity(dir, { cert: next.cert, key: next.key, ca: `${newCa.cert}\n${ca.cert}` });
  await reloaded;
  expect(await standing).toBe('spiffe://gateway.local/ws-node');

  await expect(ask(client.grpcClientCredentials({ expect: EDGE }))).rejects.toEqual(unavailable);
  const clientDir = await identityFolder(newCa, 'ws-node');
  const renewed = loadIdentity(clientDir, { pollMs: 0 });
  expect(await ask(renewed.grpcClientCredentials({ expect: EDGE }))).toBe('spiffe://gateway.local/ws-node');
});

test('a server that closes stops following the identity', async () => {
  const short = new grpc.Server();
  await new Promise<void>((resolve) =>
    short.bindAsync('127.0.0.1:0', identity.grpcServerCredentials(), () => resolve()),
  );
  await new Promise<void>((resolve) => short.tryShutdown(() => resolve()));
  const next = await leaf(ca, 'edge-router');
  const reloaded = new Promise<void>((resolve) => identity.onReload(resolve));
  writeIdentity(dir, { cert: next.cert, key: next.key, ca: ca.cert });
  await expect(reloaded).resolves.toBeUndefined();
});
