import { once } from 'node:events';
import { connect, createServer, type ConnectionOptions, type Server, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { identityFolder, leaf, root, writeIdentity, type Issued } from './certificates.fixture';
import { loadIdentity, peerOfSocket, type ClientCert, type Identity } from './index';

let ca: Issued;
let foreign: Issued;
let serverIdentity: Identity;
let client: Identity;
const servers: Server[] = [];
const EDGE = 'spiffe://gateway.local/edge-router';

beforeAll(async () => {
  ca = await root();
  foreign = await root('foreign root');
  serverIdentity = loadIdentity(await identityFolder(ca, 'edge-router'), { pollMs: 0 });
  client = loadIdentity(await identityFolder(ca, 'ws-node'), { pollMs: 0 });
});
afterAll(() => servers.forEach((server) => server.close()));

/** A server that tells each client who it thinks it is. */
async function listen(clientCert: ClientCert, identity = serverIdentity): Promise<Server> {
  const server = createServer(identity.tlsServerOptions({ clientCert }), (socket) => {
    socket.on('error', () => undefined);
    socket.end(peerOfSocket(socket)?.name ?? 'nobody');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return server;
}

/** What the server says; rejects when either side refuses. */
async function ask(server: Server, options: ConnectionOptions): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
  let heard = '';
  socket.setEncoding('utf8').on('data', (text) => (heard += text));
  await once(socket, 'close');
  // Under TLS 1.3 a client's handshake is over before the server has seen its certificate: a refusal is a closed door.
  if (heard === '') throw new Error('the server refused');
  return heard;
}

const asWsNode = () => client.tlsClientOptions({ expect: EDGE });
const withLeaf = ({ cert, key }: Issued): ConnectionOptions => ({ ...asWsNode(), cert, key });

describe('a listener that requires a certificate', () => {
  let server: Server;
  beforeAll(async () => {
    server = await listen('required');
  });

  test('knows who calls', async () => {
    expect(await ask(server, asWsNode())).toBe('ws-node');
  });

  test.each([
    ['no certificate', async () => ({ ...asWsNode(), cert: undefined, key: undefined })],
    ["a foreign CA's", async () => withLeaf(await leaf(foreign, 'ws-node'))],
    ['an expired one', async () => withLeaf(await leaf(ca, 'ws-node', { from: -7_200_000, to: -3_600_000 }))],
    ['one that is not valid yet', async () => withLeaf(await leaf(ca, 'ws-node', { from: 3_600_000, to: 7_200_000 }))],
  ])('refuses %s', async (_what, options) => {
    await expect(ask(server, await options())).rejects.toThrow();
  });

  test('knows nobody by a certificate of our CA that names no service', async () => {
    expect(await ask(server, withLeaf(await leaf(ca, 'x', { uris: [] })))).toBe('nobody');
  });
});

describe('a listener for which a certificate is optional', () => {
  let server: Server;
  beforeAll(async () => {
    server = await listen('optional');
  });

  test('knows who calls with one', async () => {
    expect(await ask(server, asWsNode())).toBe('ws-node');
  });

  test('serves those without, as nobody', async () => {
    expect(await ask(server, { ...asWsNode(), cert: undefined, key: undefined })).toBe('nobody');
  });

  test("doesn't believe a foreign CA's", async () => {
    expect(await ask(server, withLeaf(await leaf(foreign, 'ws-node')))).toBe('nobody');
  });
});

test('a listener without client certificates asks for none', async () => {
  expect(await ask(await listen('none'), asWsNode())).toBe('nobody');
});

describe('a client', () => {
  test('refuses another service in the place of the one it expects', async () => {
    const server = await listen('required');
    await expect(ask(server, client.tlsClientOptions({ expect: 'spiffe://gateway.local/auth-proxy' }))).rejects.toThrow(
      'expected spiffe://gateway.local/auth-proxy, but spiffe://gateway.local/edge-router answered',
    );
  });

  test('refuses a server that names no service', async () => {
    const plain = await leaf(ca, 'edge-router', { uris: [] });
    const server = createServer({ cert: plain.cert, key: plain.key }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    await expect(ask(server, asWsNode())).rejects.toThrow('nobody known answered');
  });

  test("refuses a foreign CA's server", async () => {
    const impostor = loadIdentity(await identityFolder(foreign, 'edge-router'), { pollMs: 0 });
    await expect(ask(await listen('none', impostor), asWsNode())).rejects.toThrow(/certificate/);
  });
});

test('a rotated server shows its new certificate to the next client, without a restart', async () => {
  const dir = await identityFolder(ca, 'edge-router');
  const watched = loadIdentity(dir, { pollMs: 10 });
  const server = await listen('required', watched);
  watched.keepFresh(server);
  const shown = async (): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, ...asWsNode() });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const before = await shown();
  const next = await leaf(ca, 'edge-router');
  const reloaded = new Promise<void>((resolve) => watched.onReload(resolve));
  writeIdentity(dir, { cert: next.cert, key: next.key, ca: ca.cert });
  await reloaded;
  expect(await shown()).not.toBe(before);
  expect(await shown()).toBe(next.certificate.serialNumber.toUpperCase());
  watched.close();
});
