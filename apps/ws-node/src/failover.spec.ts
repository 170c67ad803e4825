import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { eventually } from '@gateway/testing';
import { connectClient, type TestClient } from './client.fixture';
import { startForwarder, type Forwarder } from './forwarder.fixture';
import { TestPlatform, type RunningNode } from './platform.fixture';
import { RegistryFixture } from './registry.fixture';

const ROOM = 'kiln:k1';
const { InstanceState, Protocol } = registryV1;

let platform: TestPlatform;
let registry: RegistryFixture;
let forwarder: Forwarder;
let stays: RunningNode;
let watcher: TestClient;

beforeAll(async () => {
  platform = await TestPlatform.start();
  registry = await RegistryFixture.start(await platform.identity('registry-daemon'));
  stays = await platform.startNode();
  forwarder = await startForwarder(stays.url);
  watcher = await client(stays.url, 'watcher');
});
afterAll(async () => {
  watcher.close();
  await forwarder.stop();
  await platform.stop();
  registry.stop();
});

/** A client that joins its room whenever it is connected, as an application would. */
async function client(url: string, subject: string): Promise<TestClient> {
  const token = await platform.token(subject, { scopes: ['kiln:read', 'kiln:write'] });
  const connected = await connectClient(url, { ca: platform.ca, auth: { token } });
  connected.socket.on('connect', () => void connected.ask('join', { room: ROOM }));
  expect(await connected.ask('join', { room: ROOM })).toMatchObject({ ok: true });
  return connected;
}

const connectionsOf = async (node: RunningNode): Promise<unknown> => (await node.admin('/info'))['connections'];

/** Both hear what is said from now on, once. */
async function expectHeard(other: TestClient, event: string): Promise<void> {
  expect(await other.ask('publish', { room: ROOM, event })).toMatchObject({ ok: true });
  await eventually(() => expect([other.of(event).length, watcher.of(event).length]).toEqual([1, 1]));
}

test('the client of a node that died reconnects to the other, joins again and goes on', async () => {
  const dies = await platform.startNode();
  forwarder.pointAt(dies.url);
  const ada = await client(forwarder.url, 'ada');
  await expectHeard(ada, 'before');
  forwarder.pointAt(stays.url);
  forwarder.cut();
  await eventually(async () => expect(await connectionsOf(stays)).toBe(2), { within: 3_000 });
  await eventually(async () => expect((await stays.admin('/rooms'))['rooms']).toEqual([{ room: ROOM, members: 2 }]));
  await expectHeard(ada, 'after');
  await eventually(async () => expect(await connectionsOf(dies)).toBe(0));
  ada.close();
  await eventually(async () => expect(await connectionsOf(stays)).toBe(1));
});

test('a node registers with its load, and when it ends: the registry first, then its sockets in waves', async () => {
  const ends = await platform.startNode({ GATEWAY_REGISTRY: registry.address, WSNODE_DRAIN_PERIOD: '400ms' });
  forwarder.pointAt(ends.url);
  const ada = await client(forwarder.url, 'ada');
  const others = await Promise.all(['b', 'c', 'd'].map((subject) => client(forwarder.url, subject)));

  const port = new URL(ends.url).port;
  await eventually(() => expect(registry.registered).toHaveLength(1));
  expect(registry.registered[0]!.instance).toMatchObject({
    id: ends.service.service.instanceId,
    service: 'ws-node',
    address: `localhost:${port}`,
    protocol: Protocol.HTTP1,
    metadata: { grpc: `localhost:${ends.grpcPort}` },
  });
  await eventually(() => expect(registry.renewed.at(-1)).toMatchObject({ load: { connections: 4 } }));

  const toldBefore: boolean[] = [];
  const draining = () => registry.renewed.some(({ state }) => state === InstanceState.DRAINING);
  for (const each of [ada, ...others]) each.socket.on('closing', () => toldBefore.push(draining()));
  forwarder.pointAt(stays.url);
  const stopped = ends.stop();
  await eventually(async () => expect(await connectionsOf(stays)).toBe(5), { within: 5_000 });
  expect(await stopped).toEqual([]);

  expect(toldBefore).toEqual([true, true, true, true]);
  expect(ada.of('closing')).toEqual([{ code: 'draining', detail: expect.any(String), reconnect: true }]);
  expect(ada.disconnects).toEqual(['transport close']);
  expect(registry.deregistered).toEqual([ends.service.service.instanceId]);
  await eventually(async () => expect((await stays.admin('/rooms'))['rooms']).toEqual([{ room: ROOM, members: 5 }]));
  await expectHeard(ada, 'moved');
  [ada, ...others].forEach((each) => each.close());
});

test('a client that answers nothing doesn’t hold up the end of its node', async () => {
  const ends = await platform.startNode();
  const mute = await client(ends.url, 'mute');
  mute.socket.io.reconnection(false);
  (mute.socket.io.engine as unknown as { transport: { ws: { pause(): void } } }).transport.ws.pause();
  const begun = performance.now();
  expect(await ends.stop()).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(5_000);
  mute.close();
});
