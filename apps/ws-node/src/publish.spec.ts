import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { realtimeV1 } from '@gateway/contracts';
import { eventually } from '@gateway/testing';
import { connectClient, type TestClient } from './client.fixture';
import { callGrpc } from './grpc.fixture';
import { TestPlatform, type RunningNode } from './platform.fixture';

const ROOM = 'kiln:k1';

let platform: TestPlatform;
let nodes: RunningNode[];
let clients: TestClient[];

beforeAll(async () => {
  platform = await TestPlatform.start();
  const env = { WSNODE_PUBLISHERS: 'kiln-service,operator' };
  nodes = [await platform.startNode(env), await platform.startNode(env)];
  const token = await platform.token('ada', { scopes: ['kiln:read'] });
  clients = await Promise.all(nodes.map((node) => connectClient(node.url, { ca: platform.ca, auth: { token } })));
  for (const client of clients) expect(await client.ask('join', { room: ROOM })).toMatchObject({ ok: true });
});
afterAll(async () => {
  clients.forEach((client) => client.close());
  await platform.stop();
});

const publish = async (as: string, request: object) => {
  const identityDir = await platform.identity(as);
  const { publish: method } = realtimeV1.RealtimeService.method;
  return callGrpc(nodes[0]!.grpcPort, { identityDir, expect: 'ws-node' }, method, request);
};
const value = (json: unknown): object =>
  typeof json === 'number'
    ? { kind: { case: 'numberValue', value: json } }
    : { kind: { case: 'stringValue', value: json } };

test('a service’s push reaches the sockets of both nodes once', async () => {
  const answer = await publish('kiln-service', { room: ROOM, event: 'heated', data: value(900) });
  for (const client of clients) {
    await eventually(() => expect(client.of('heated')).toHaveLength(1));
    const { id, offset } = answer;
    expect(client.of('heated')[0]).toMatchObject({ id, offset, room: ROOM, data: 900 });
  }
  await publish('kiln-service', { room: ROOM, event: 'cooled' });
  await eventually(() => expect(clients.map((client) => client.of('cooled')[0]?.['data'])).toEqual([null, null]));
  expect(clients.map((client) => client.of('heated').length)).toEqual([1, 1]);
});

test.each(['someone-else', 'edge-router'])('%s may not push', async (as) => {
  await expect(publish(as, { room: ROOM, event: 'heated' })).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
});

test.each([
  ['a room', { room: 'nowhere', event: 'x' }],
  ['an event', { room: ROOM, event: 'disconnect' }],
  ['a value', { room: ROOM, event: 'x', data: value(NaN) }],
])('%s that cannot be is INVALID_ARGUMENT', async (_, request) => {
  await expect(publish('kiln-service', request)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('a message that is too large is RESOURCE_EXHAUSTED', async () => {
  const request = { room: ROOM, event: 'x', data: value('x'.repeat(70_000)) };
  await expect(publish('kiln-service', request)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
});

test('while Redis is down nobody gets it, and the service is told: UNAVAILABLE', async () => {
  await platform.redis.kill();
  const request = { room: ROOM, event: 'lost' };
  await expect(publish('kiln-service', request)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  await platform.redis.restart();
  await eventually(() => publish('kiln-service', { room: ROOM, event: 'found' }), { within: 2_000 });
  await eventually(() => expect(clients.every((client) => client.of('found').length > 0)).toBe(true), {
    within: 2_000,
  });
  expect(clients.flatMap((client) => client.of('lost'))).toEqual([]);
});
