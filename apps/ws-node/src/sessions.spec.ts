import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { redisEventBus, type EventBus } from '@gateway/events';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually } from '@gateway/testing';
import { AuthProxyFixture } from './auth-proxy.fixture';
import { connectClient, type TestClient } from './client.fixture';
import { TestPlatform, type RunningNode } from './platform.fixture';

let platform: TestPlatform;
let authProxy: AuthProxyFixture;
let redis: RedisClient;
let events: EventBus;
let [one, two]: RunningNode[] = [];
/** Verifies tokens itself. */
let alone: RunningNode;
const clients: TestClient[] = [];

beforeAll(async () => {
  platform = await TestPlatform.start();
  authProxy = await AuthProxyFixture.start(await platform.identity('auth-proxy'));
  const env = { GATEWAY_AUTH: authProxy.address, WSNODE_RECHECK_INTERVAL: '1s', WSNODE_MAX_ROOMS: '2' };
  [one, two] = [await platform.startNode(env), await platform.startNode(env)];
  alone = await platform.startNode();
  redis = connectRedis({ url: platform.redis.url, caFile: platform.redis.caFile, clock: systemClock });
  await redis.ready(5_000);
  events = redisEventBus({ redis, clock: systemClock });
});
afterEach(() => clients.splice(0).forEach((client) => client.close()));
afterAll(async () => {
  await events.close();
  await redis.close();
  await platform.stop();
  authProxy.stop();
});

async function connect(node: RunningNode, token: string): Promise<TestClient> {
  const client = await connectClient(node.url, { ca: platform.ca, auth: { token } });
  clients.push(client);
  return client;
}

const gone = (client: TestClient, code: string) =>
  eventually(() => {
    expect(client.of('closing')).toEqual([{ code, detail: expect.any(String), reconnect: false }]);
    expect(client.disconnects).toEqual(['io server disconnect']);
  });

test('a logout ends the session’s sockets on every node, and nobody else’s', async () => {
  const [here, there] = [await connect(one!, 'ada.s-1'), await connect(two!, 'ada.s-1')];
  const [otherSession, bob] = [await connect(one!, 'ada.s-2'), await connect(two!, 'bob.s-3')];
  await events.publish(
    {
      id: 'logout-1',
      type: 'user_logout',
      time: new Date().toISOString(),
      origin: 'test',
      traceparent: '',
      fields: { user_id: 'ada', session_id: 's-1' },
      room: '',
    },
    { budgetMs: 1_000 },
  );
  await gone(here, 'session_ended');
  await gone(there, 'session_ended');
  expect([otherSession.socket.connected, bob.socket.connected]).toEqual([true, true]);
  await expect(connect(one!, 'ada.s-1')).rejects.toMatchObject({ data: { code: 'GW_UNAUTHENTICATED' } });
});

test('a revocation that only the auth-proxy knows of ends them too', async () => {
  const [here, there] = [await connect(one!, 'carol.s-4'), await connect(two!, 'carol.s-4')];
  authProxy.revoke('s-4');
  await gone(here, 'session_ended');
  await gone(there, 'session_ended');
});

test('permissions are the auth-proxy’s: asked by subject, permission and resource, and remembered', async () => {
  const client = await connect(one!, 'dora.s-5');
  authProxy.granted.add('dora kiln:read k1');
  expect(await client.ask('join', { room: 'kiln:k1' })).toMatchObject({ ok: true });
  expect(await client.ask('join', { room: 'kiln:k1' })).toMatchObject({ ok: true });
  expect(await client.ask('publish', { room: 'kiln:k1', event: 'x' })).toMatchObject({
    error: { code: 'GW_FORBIDDEN' },
  });
  expect(await client.ask('join', { room: 'kiln:limbo' })).toMatchObject({ error: { code: 'GW_AUTH_UNAVAILABLE' } });
  expect(authProxy.asked).toEqual(['dora kiln:read k1', 'dora kiln:write k1', 'dora kiln:read limbo']);
});

test('a socket may be in so many rooms and no more', async () => {
  const client = await connect(one!, 'erin.s-6');
  for (const id of ['a', 'b', 'c']) authProxy.granted.add(`erin kiln:read ${id}`);
  const join = (id: string) => client.ask('join', { room: `kiln:${id}` });
  expect([await join('a'), await join('b')]).toMatchObject([{ ok: true }, { ok: true }]);
  expect(await join('c')).toMatchObject({ error: { code: 'GW_FAILED_PRECONDITION' } });
  expect(await join('a')).toMatchObject({ ok: true });
  await client.ask('leave', { room: 'kiln:b' });
  expect(await join('c')).toMatchObject({ ok: true });
});

test('a token’s end is announced, and ends the connection', async () => {
  const client = await connect(alone, await platform.token('ada', { life: 2 }));
  await eventually(() => expect(client.of('auth_expiring')).toEqual([{ expiresAt: expect.any(String) }]));
  await gone(client, 'token_expired');
});

test('a fresh token of the same caller goes on, another’s doesn’t', async () => {
  const client = await connect(alone, await platform.token('ada', { life: 2 }));
  expect(await client.ask('auth', { token: await platform.token('bob') })).toMatchObject({
    error: { code: 'GW_FORBIDDEN' },
  });
  expect(await client.ask('auth', { token: 'no.token.atall' })).toMatchObject({
    error: { code: 'GW_UNAUTHENTICATED' },
  });
  const fresh = await platform.token('ada', { life: 600 });
  expect(await client.ask('auth', { token: fresh })).toEqual({ ok: true, expiresAt: expect.any(String) });
  const short = await connect(alone, await platform.token('ada', { life: 2 }));
  await gone(short, 'token_expired');
  expect(client.socket.connected).toBe(true);
});
