import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@gateway/testing';
import { AuthProxyFixture } from './auth-proxy.fixture';
import { connectClient, type ClientOptions, type TestClient } from './client.fixture';
import { TestPlatform, type RunningNode } from './platform.fixture';

let platform: TestPlatform;
let authProxy: AuthProxyFixture;
/** One asks an auth-proxy, the other verifies tokens itself. */
let asking: RunningNode;
let alone: RunningNode;

beforeAll(async () => {
  platform = await TestPlatform.start();
  authProxy = await AuthProxyFixture.start(await platform.identity('auth-proxy'));
  asking = await platform.startNode({
    GATEWAY_AUTH: authProxy.address,
    WSNODE_ALLOWED_ORIGINS: 'https://app.example.com',
    WSNODE_MAX_CONNECTIONS: '2',
  });
  alone = await platform.startNode();
});
afterAll(async () => {
  await platform.stop();
  authProxy.stop();
});

const connect = (node: RunningNode, auth: object, more: ClientOptions = {}): Promise<TestClient> =>
  connectClient(node.url, { ca: platform.ca, auth: auth as Record<string, unknown>, ...more });

test.each([
  ['no token', {}, 'GW_UNAUTHENTICATED', 401],
  ['a token that is no text', { token: { nested: [1] } }, 'GW_UNAUTHENTICATED', 401],
  ['a token that cannot be one', { token: 'a b' }, 'GW_UNAUTHENTICATED', 401],
  ['a refused token', { token: 'nobody.s1' }, 'GW_UNAUTHENTICATED', 401],
  ['a token that cannot be checked now', { token: 'limbo.s1' }, 'GW_AUTH_UNAVAILABLE', 503],
])('%s is a connect_error from the error table', async (_, auth, code, status) => {
  const error = await connect(asking, auth).catch((refused: unknown) => refused);
  expect(error).toMatchObject({ data: { code, status, detail: expect.any(String) } });
});

test('a node without an auth-proxy verifies tokens itself', async () => {
  const client = await connect(alone, { token: await platform.token('ada') });
  client.close();
  const forged = await platform.token('ada', { life: -1 });
  await expect(connect(alone, { token: forged })).rejects.toMatchObject({ data: { code: 'GW_UNAUTHENTICATED' } });
});

test('a client that is let in may come without a certificate', async () => {
  const client = await connect(asking, { token: 'ada.s1' });
  expect(client.socket.connected).toBe(true);
  client.close();
});

test('only pages of the own host and of the allowed origins may connect', async () => {
  const open = (origin: string) => connect(asking, { token: 'ada.s1' }, { extraHeaders: { origin } });
  for (const origin of ['https://app.example.com', asking.url]) (await open(origin)).close();
  await eventually(async () => expect(await asking.admin('/info')).toMatchObject({ connections: 0 }));
  for (const origin of ['https://evil.example.com', 'null', 'https://app.example.com.evil.com'])
    await expect(open(origin)).rejects.toThrow();
});

test('forwarded addresses are believed from the edge’s certificate only', async () => {
  const extraHeaders = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'gateway.example.com' };
  const certificate = async (name: string) => {
    const dir = await platform.identity(name);
    return { cert: readFileSync(join(dir, 'cert.pem'), 'utf8'), key: readFileSync(join(dir, 'key.pem'), 'utf8') };
  };
  const addressWith = async (more: ClientOptions) => {
    const client = await connect(asking, { token: 'ada.s1' }, { extraHeaders, ...more });
    const { connections } = (await asking.admin('/connections')) as { connections: { clientAddress: string }[] };
    client.close();
    await eventually(async () => expect(await asking.admin('/info')).toMatchObject({ connections: 0 }));
    return connections[0]!.clientAddress;
  };
  expect(await addressWith(await certificate('edge-router'))).toBe('203.0.113.9');
  expect(await addressWith(await certificate('somebody-else'))).toMatch(/127\.0\.0\.1$/);
  expect(await addressWith({})).toMatch(/127\.0\.0\.1$/);
});

/** An upgrade, or a plain request, without a Socket.IO client. */
function ask(path: string, headers: Record<string, string> = {}): Promise<{ status: number; code: string }> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'x',
  };
  const { port } = new URL(asking.url);
  return new Promise((resolve, reject) => {
    const call = request({ host: 'localhost', port, path, ca: platform.ca, headers: { ...upgrade, ...headers } });
    call.on('error', reject);
    call.on('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode!, code: (JSON.parse(body) as { code: string }).code }),
      );
    });
    call.end();
  });
}

test('what is no socket is answered with a problem document', async () => {
  const socket = '/socket.io/?EIO=4&transport=websocket';
  const plain = { connection: 'close', upgrade: '' };
  expect(await ask('/elsewhere')).toEqual({ status: 404, code: 'GW_NO_ROUTE' });
  expect(await ask('/elsewhere', plain)).toEqual({ status: 404, code: 'GW_NO_ROUTE' });
  expect(await ask('/socket.io/?EIO=4&transport=polling', plain)).toEqual({ status: 426, code: 'GW_UPGRADE_REQUIRED' });
  expect(await ask(socket, { origin: 'https://evil.example.com' })).toEqual({ status: 403, code: 'GW_FORBIDDEN' });
});

test('a full node refuses with 503 and takes sockets again when some have gone', async () => {
  const both = [await connect(asking, { token: 'ada.s1' }), await connect(asking, { token: 'bob.s2' })];
  expect(await ask('/socket.io/?EIO=4&transport=websocket')).toEqual({ status: 503, code: 'GW_OVERLOADED' });
  both.forEach((client) => client.close());
  await eventually(async () => (await connect(asking, { token: 'ada.s1' })).close());
});
