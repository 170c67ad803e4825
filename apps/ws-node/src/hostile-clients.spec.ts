import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '@gateway/testing';
import { connectClient, type TestClient } from './client.fixture';
import { TestPlatform, type RunningNode } from './platform.fixture';

let platform: TestPlatform;
let node: RunningNode;

beforeAll(async () => {
  platform = await TestPlatform.start();
  node = await platform.startNode({
    WSNODE_EVENT_RATE: '1000',
    WSNODE_EVENT_BURST: '5000',
    WSNODE_MAX_PAYLOAD: '16KiB',
  });
});
afterAll(() => platform.stop());

const connect = async (url = node.url): Promise<TestClient> => {
  const token = await platform.token('mallory', { scopes: ['kiln:read', 'kiln:write'] });
  return connectClient(url, { ca: platform.ca, auth: { token } });
};

/** What a client may send as one argument: JSON, binary, and things that look almost right. */
const payload = fc.oneof(
  fc.jsonValue(),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.record(
    {
      room: fc.oneof(fc.constant('kiln:k1'), fc.string(), fc.jsonValue()),
      event: fc.oneof(fc.constant('tick'), fc.constant('disconnect'), fc.string(), fc.jsonValue()),
      data: fc.oneof(fc.jsonValue(), fc.constant({ inner: Buffer.from('x') })),
      token: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);
const event = fc.oneof(
  fc.constantFrom('join', 'leave', 'publish', 'auth', 'error', '__proto__', 'constructor'),
  fc.string(),
);

/** Names that a client's own library refuses to send. */
const UNSENDABLE = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

test('whatever a client sends is answered, and never ends the node or the connection', async () => {
  const client = await connect();
  await fc.assert(
    fc.asyncProperty(event, fc.array(payload, { maxLength: 3 }), async (name, payloads) => {
      if (UNSENDABLE.has(name)) return;
      const answer = await client.ask(name, ...payloads);
      if (answer.ok) return;
      expect(answer.error).toEqual({ code: expect.stringMatching(/^GW_(?!INTERNAL)/), detail: expect.any(String) });
    }),
    { numRuns: 300 },
  );
  expect(client.disconnects).toEqual([]);
  client.close();
}, 30_000);

test.each([
  ['join', undefined, 'GW_INVALID_FIELD'],
  ['join', { room: 'kiln:k1', extra: 1 }, 'GW_INVALID_FIELD'],
  ['join', ['kiln:k1'], 'GW_INVALID_FIELD'],
  ['publish', { room: 'kiln:k1', event: 'disconnect' }, 'GW_INVALID_FIELD'],
  ['publish', { room: 'kiln:k1', event: 'auth_expiring' }, 'GW_INVALID_FIELD'],
  ['publish', { room: 'kiln:k1', event: 5 }, 'GW_INVALID_FIELD'],
  ['publish', { room: 'kiln:k1', event: 'tick', data: Buffer.from('x') }, 'GW_INVALID_FIELD'],
  ['no_such_event', { room: 'kiln:k1' }, 'GW_BAD_REQUEST'],
])('%s %j is refused', async (name, value, code) => {
  const client = await connect();
  expect(await client.ask(name, value)).toMatchObject({ ok: false, error: { code } });
  client.close();
});

test('without an acknowledgement nothing is answered, and the work is done', async () => {
  const client = await connect();
  client.socket.emit('join', { room: 'kiln:k9' });
  client.socket.emit('publish', { room: 'kiln:k9', event: 'tick' });
  client.socket.emit('publish', 'nonsense');
  await eventually(() => expect(client.of('tick')).toHaveLength(1));
  client.close();
});

test('too large a frame ends the connection', async () => {
  const client = await connect();
  client.socket.io.reconnection(false);
  client.socket.emit('publish', { room: 'kiln:k1', event: 'tick', data: 'x'.repeat(20_000) });
  await eventually(() => expect(client.disconnects).toEqual(['transport close']));
  client.close();
});

test('too many events are refused, and whoever doesn’t listen is disconnected', async () => {
  const strict = await platform.startNode({ WSNODE_EVENT_RATE: '1', WSNODE_EVENT_BURST: '3' });
  const client = await connect(strict.url);
  const answers = await Promise.all(Array.from({ length: 5 }, () => client.ask('leave', { room: 'kiln:k1' })));
  expect(answers.slice(0, 3)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(answers[4]).toMatchObject({ error: { code: 'GW_RATE_LIMITED' } });
  for (let count = 0; count < 40; count++) client.socket.emit('leave', { room: 'kiln:k1' });
  await eventually(() => expect(client.disconnects).toEqual(['io server disconnect']));
  expect(client.of('closing')).toEqual([{ code: 'flooding', detail: expect.any(String), reconnect: false }]);
});

test('a client that doesn’t read is cut before it fills the memory', async () => {
  const strict = await platform.startNode({
    WSNODE_MAX_BACKLOG: '50',
    WSNODE_EVENT_RATE: '1000',
    WSNODE_EVENT_BURST: '5000',
  });
  const [reader, writer] = [await connect(strict.url), await connect(strict.url)];
  reader.socket.io.reconnection(false);
  const room = 'kiln:flood';
  expect(await reader.ask('join', { room })).toMatchObject({ ok: true });
  // The kernel's buffers take megabytes before anything waits in the node.
  (reader.socket.io.engine as unknown as { transport: { ws: { pause(): void } } }).transport.ws.pause();
  const data = 'x'.repeat(60_000);
  const flood = async (): Promise<void> => {
    await Promise.all(Array.from({ length: 20 }, () => writer.ask('publish', { room, event: 'tick', data })));
    expect(await strict.admin('/info')).toMatchObject({ connections: 1 });
  };
  await eventually(flood, { within: 20_000 });
  writer.close();
  reader.close();
}, 30_000);
