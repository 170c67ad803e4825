import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { redisEventBus } from '@gateway/events';
import { connectRedis } from '@gateway/redis';
import { eventually } from '@gateway/testing';
import { connectClient, type TestClient } from './client.fixture';
import { TestPlatform, type RunningNode, type TokenClaims } from './platform.fixture';

const SCOPES = ['kiln:read', 'kiln:write'];

let platform: TestPlatform;
let [one, two]: RunningNode[] = [];
const clients: TestClient[] = [];

beforeAll(async () => {
  platform = await TestPlatform.start();
  [one, two] = [await platform.startNode(), await platform.startNode()];
});
afterEach(() => clients.splice(0).forEach((client) => client.close()));
afterAll(() => platform.stop());

async function connect(
  node: RunningNode,
  subject = 'ada',
  claims: TokenClaims = { scopes: SCOPES },
): Promise<TestClient> {
  const client = await connectClient(node.url, {
    ca: platform.ca,
    auth: { token: await platform.token(subject, claims) },
  });
  clients.push(client);
  return client;
}

const freshRoom = (): string => `kiln:${randomUUID()}`;

async function joined(room: string): Promise<[TestClient, TestClient]> {
  const both: [TestClient, TestClient] = [await connect(one!), await connect(two!, 'bob')];
  for (const client of both) expect(await client.ask('join', { room })).toMatchObject({ ok: true });
  return both;
}

test('a message reaches the sockets of both nodes once, with its envelope', async () => {
  const room = freshRoom();
  const [ada, bob] = await joined(room);
  const answer = await ada.ask('publish', { room, event: 'heated', data: { degrees: 900 } });
  expect(answer).toEqual({ ok: true, id: expect.any(String), offset: expect.any(String) });
  for (const client of [ada, bob]) {
    await eventually(() => expect(client.of('heated')).toHaveLength(1));
    const [message] = client.of('heated');
    const { id, offset } = answer;
    expect(message).toEqual({ id, room, offset, time: expect.any(String), data: { degrees: 900 } });
    expect(new Date(String(message!['time'])).toISOString()).toBe(message!['time']);
  }
});

test('many messages of both arrive exactly once, in one order, each sender’s in its own', async () => {
  const room = freshRoom();
  const [ada, bob] = await joined(room);
  const numbers = Array.from({ length: 40 }, (_, index) => index);
  const send = (client: TestClient, from: string) =>
    Promise.all(numbers.map((number) => client.ask('publish', { room, event: 'tick', data: { from, number } })));
  const answers = (await Promise.all([send(ada, 'ada'), send(bob, 'bob')])).flat();
  expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  await eventually(() => expect([ada.of('tick').length, bob.of('tick').length]).toEqual([80, 80]));
  expect(ada.of('tick')).toEqual(bob.of('tick'));
  const data = ada.of('tick').map((message) => message['data'] as { from: string; number: number });
  for (const from of ['ada', 'bob'])
    expect(data.filter((each) => each.from === from).map(({ number }) => number)).toEqual(numbers);
});

test('whoever left hears nothing, and may come back', async () => {
  const room = freshRoom();
  const [ada, bob] = await joined(room);
  expect(await bob.ask('leave', { room })).toEqual({ ok: true });
  await ada.ask('publish', { room, event: 'tick', data: 1 });
  await eventually(() => expect(ada.of('tick')).toHaveLength(1));
  const { offset } = await bob.ask('join', { room });
  expect(offset).toBe(ada.of('tick')[0]!['offset']);
  await ada.ask('publish', { room, event: 'tick', data: 2 });
  await eventually(() => expect(bob.of('tick').map(({ data }) => data)).toEqual([2]));
});

test('without the permission nobody joins or publishes', async () => {
  const room = freshRoom();
  const reader = await connect(one!, 'carol', { scopes: ['kiln:read'] });
  const stranger = await connect(one!, 'dave', { scopes: [] });
  expect(await stranger.ask('join', { room })).toEqual({
    ok: false,
    error: { code: 'GW_FORBIDDEN', detail: `you may not join ${room}` },
  });
  expect(await reader.ask('join', { room })).toMatchObject({ ok: true });
  expect(await reader.ask('publish', { room, event: 'tick' })).toMatchObject({ error: { code: 'GW_FORBIDDEN' } });
});

test('a user’s room is the user’s alone, on every node', async () => {
  const room = 'user:erin';
  const [here, there, other] = [await connect(one!, 'erin'), await connect(two!, 'erin'), await connect(one!, 'frank')];
  for (const client of [here, there]) expect(await client.ask('join', { room })).toMatchObject({ ok: true });
  expect(await other.ask('join', { room })).toMatchObject({ error: { code: 'GW_FORBIDDEN' } });
  await here.ask('publish', { room, event: 'note', data: 'me' });
  await eventually(() => expect(there.of('note')).toHaveLength(1));
});

test('a domain event with a room reaches that room’s sockets once, on both nodes', async () => {
  const room = freshRoom();
  const [ada, bob] = await joined(room);
  const redis = connectRedis({ url: platform.redis.url, caFile: platform.redis.caFile, clock: systemClock });
  await redis.ready(5_000);
  const events = redisEventBus({ redis, clock: systemClock });
  const event = { type: 'kiln_updated', time: new Date().toISOString(), origin: 'test', traceparent: '', room };
  const fields = { kiln_id: 'k1' };
  await events.publish({ ...event, id: 'e-1', fields }, { budgetMs: 1_000 });
  await events.publish({ ...event, id: 'e-1', fields }, { budgetMs: 1_000 });
  await events.publish({ ...event, id: 'e-2', fields, type: 'disconnect' }, { budgetMs: 1_000 });
  await events.publish({ ...event, id: 'e-3', fields, room: '' }, { budgetMs: 1_000 });
  await events.publish({ ...event, id: 'e-4', fields }, { budgetMs: 1_000 });
  for (const client of [ada, bob]) {
    await eventually(() => expect(client.of('kiln_updated').at(-1)).toMatchObject({ id: 'e-4' }));
    const expected = { id: 'e-1', room, time: event.time, data: fields, offset: expect.any(String) };
    expect(client.received).toEqual([
      { event: 'kiln_updated', payload: expected },
      { event: 'kiln_updated', payload: { ...expected, id: 'e-4' } },
    ]);
    expect(client.disconnects).toEqual([]);
  }
  await events.close();
  await redis.close();
});

test('Redis killed: the publisher is told; back again: it works within 2 s, rooms are kept', async () => {
  const room = freshRoom();
  const [ada, bob] = await joined(room);
  await platform.redis.kill();
  const publish = () => ada.ask('publish', { room, event: 'tick', data: 'x' });
  expect(await publish()).toMatchObject({ ok: false, error: { code: 'GW_UNAVAILABLE' } });
  expect(await ada.ask('join', { room: freshRoom() })).toMatchObject({ error: { code: 'GW_UNAVAILABLE' } });
  await platform.redis.restart();
  const back = performance.now();
  await eventually(async () => expect(await publish()).toMatchObject({ ok: true }), { within: 2_000 });
  await eventually(() => expect(bob.of('tick').length).toBeGreaterThan(0), { within: 2_000 });
  expect(performance.now() - back).toBeLessThan(2_000);
  await eventually(() => expect(bob.of('tick')).toEqual(ada.of('tick')));
  expect(ada.disconnects).toEqual([]);
});

test('the admin plane shows rooms, connections and their count', async () => {
  const room = freshRoom();
  const [ada] = await joined(room);
  expect(await one!.admin('/info')).toMatchObject({ connections: 1 });
  expect(await two!.admin('/info')).toMatchObject({ connections: 1 });
  expect(await one!.admin('/rooms')).toEqual({ total: 1, rooms: [{ room, members: 1 }] });
  const connection = { id: ada.socket.id, subject: 'ada', rooms: [room] };
  expect(await one!.admin('/connections')).toMatchObject({ total: 1, connections: [connection] });
  ada.close();
  await eventually(async () => expect(await one!.admin('/rooms')).toEqual({ total: 0, rooms: [] }));
});

test('the metrics count connections, rooms, events, messages and their lag', async () => {
  const room = freshRoom();
  const [ada, bob] = await joined(room);
  await ada.ask('publish', { room, event: 'tick', data: 1 });
  await ada.ask('no_such_event', {});
  await eventually(() => expect(bob.of('tick')).toHaveLength(1));
  const text = await (await fetch(one!.adminUrl('/metrics'))).text();
  expect(text).toMatch(/^wsnode_connections 1$/m);
  expect(text).toMatch(/^wsnode_rooms 1$/m);
  expect(text).toMatch(/^wsnode_handshakes_total\{outcome="ok"\} \d+$/m);
  expect(text).toMatch(/^wsnode_client_events_total\{event="publish",outcome="ok"\} \d+$/m);
  expect(text).toMatch(/^wsnode_client_events_total\{event="unknown",outcome="GW_BAD_REQUEST"\} 1$/m);
  expect(text).toMatch(/^wsnode_deliveries_total\{source="room"\} \d+$/m);
  expect(text).toMatch(/^wsnode_delivery_lag_seconds_count\{source="room"\} \d+$/m);
});
