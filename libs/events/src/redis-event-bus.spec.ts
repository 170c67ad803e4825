import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { appendToStream, connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { anEvent, eventBusConformance } from './event-bus.conformance';
import { EventBusError, redisEventBus, type DomainEvent, type EventBus, type Gap } from './index';

const STREAM = 'gw:{events}';
let server: TestRedis;
const clients: RedisClient[] = [];
const buses: EventBus[] = [];

beforeAll(async () => {
  server = await startRedis({ restricted: false });
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.command('PING').catch(() => server.restart()); // a test may have killed it
  await server.flush();
});
afterEach(async () => {
  server.resume();
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

async function connected(): Promise<RedisClient> {
  const client = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
  clients.push(client);
  await client.ready(5000);
  return client;
}

/** A bus of a process of its own, with what it handed on. */
async function openBus(redis?: RedisClient) {
  const bus = redisEventBus({ redis: redis ?? (await connected()), clock: systemClock });
  buses.push(bus);
  const heard: string[] = [];
  const gaps: Gap[] = [];
  bus.subscribe('*', ({ id }) => heard.push(id));
  bus.onGap((gap) => gaps.push(gap));
  await bus.ready(5000);
  return { bus, heard, gaps };
}

/** A generous budget: these tests are about delivery. */
const publish = (bus: EventBus, id: string, more: Partial<DomainEvent> = {}) =>
  bus.publish(anEvent('a', { id, ...more }), { budgetMs: 2000 });

eventBusConformance('the Redis bus', async () => (await openBus()).bus);

describe('two processes', () => {
  test('hear each other within the hint', async () => {
    const a = await openBus();
    const b = await openBus();
    const times: number[] = [];
    for (const id of ['1', '2', '3', '4', '5', '6']) {
      const start = performance.now();
      await publish(a.bus, id);
      await eventually(() => b.heard.includes(id), { every: 1 });
      times.push(performance.now() - start);
    }
    // Without hints each would wait for the next look; with them the machine may pause at one of these, not at all.
    expect(Math.min(...times)).toBeLessThan(200);
    expect(a.heard).toEqual(b.heard);
  });

  test('miss nothing when hints are lost', async () => {
    const { heard } = await openBus();
    const other = await connected();
    const { id, ...event } = anEvent('a', { id: 'silent' });
    await appendToStream(other, STREAM, ['e', JSON.stringify({ id, ...event })], 100);
    await eventually(() => heard.includes('silent'), { within: 1000 });
  });

  test('share the memory of ids that were published with dedupe', async () => {
    const a = await openBus();
    const b = await openBus();
    const event = anEvent('a');
    const first = await a.bus.publish(event, { dedupe: true, budgetMs: 2000 });
    expect(await b.bus.publish(event, { dedupe: true, budgetMs: 2000 })).toEqual({ ...first, duplicate: true });
  });
});

describe('the start', () => {
  test('is the end of the stream: what came before is history', async () => {
    const a = await openBus();
    for (const id of ['1', '2', '3']) await publish(a.bus, id);
    const b = await openBus();
    const { records, after } = await b.bus.history(2);
    expect(records.map(({ event }) => event.id)).toEqual(['2', '3']);
    expect(after).toBe(records[0]!.revision);
    await publish(a.bus, '4');
    await eventually(() => b.heard.length > 0);
    expect(b.heard).toEqual(['4']);
  });

  test('without Redis is waited for', async () => {
    await server.kill();
    const client = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
    clients.push(client);
    const bus = redisEventBus({ redis: client, clock: systemClock });
    buses.push(bus);
    await expect(bus.ready(50)).rejects.toBeInstanceOf(EventBusError);
    await expect(bus.history(1)).rejects.toBeInstanceOf(EventBusError);
    expect(bus.readable()).toBe(false);
    expect(bus.position()).toBeNull();
    await server.restart();
    await bus.ready(2000);
  });
});

test('readers of an empty stream stand at the same place', async () => {
  const [a, b] = [await openBus(), await openBus()];
  expect(b.bus.position()).toBe(a.bus.position());
  expect((await b.bus.history(10)).after).toBe(a.bus.position());
  expect(a.bus.stats()).toMatchObject({ delivered: 0, unreadable: 0 });
});

describe('poison', () => {
  test('is counted and dropped, and what follows is handed on', async () => {
    const { bus, heard } = await openBus();
    const redis = await connected();
    await appendToStream(redis, STREAM, ['e', '{not json'], 100);
    await appendToStream(redis, STREAM, ['e', '{"id":"","type":"a"}'], 100);
    await appendToStream(redis, STREAM, ['x', '{"id":"1","type":"a"}'], 100);
    await publish(bus, 'good');
    await eventually(() => heard.includes('good'));
    expect(heard).toEqual(['good']);
    expect(bus.stats()).toMatchObject({ delivered: 1, unreadable: 3 });
  });

  test('an event that is too large is refused and not tried again', async () => {
    const { bus } = await openBus();
    await expect(publish(bus, '1', { fields: { text: 'x'.repeat(70_000) } })).rejects.toThrow('too large');
    expect(bus.stats().pending).toBe(0);
  });

  test('an event that Redis refuses is not tried again', async () => {
    const { bus } = await openBus();
    await server.command('DEL', STREAM);
    await server.command('SET', STREAM, 'not a stream');
    await expect(publish(bus, '1')).rejects.toBeInstanceOf(EventBusError);
    expect(bus.stats().pending).toBe(0);
    await eventually(() => !bus.readable(), { within: 2000 });
    await server.command('DEL', STREAM);
  });
});

describe('a Redis that goes away', () => {
  test('makes publishing fail at once, and the event arrives when it is back, once', async () => {
    const a = await openBus();
    const b = await openBus();
    await publish(a.bus, 'before');
    await eventually(() => b.heard.includes('before'));
    await server.kill();
    const start = performance.now();
    await expect(a.bus.publish(anEvent('a', { id: 'meanwhile' }))).rejects.toBeInstanceOf(EventBusError);
    expect(performance.now() - start).toBeLessThan(100);
    expect(a.bus.stats().pending).toBe(1);
    await eventually(() => !b.bus.readable(), { within: 1500 });

    await server.restart();
    await eventually(() => b.bus.readable() && b.heard.includes('meanwhile'), { within: 2000 });
    await eventually(() => a.heard.includes('meanwhile'));
    expect(b.heard).toEqual(['before', 'meanwhile']);
    expect(a.bus.stats().pending).toBe(0);
  });

  test('and comes back empty is a gap', async () => {
    const { bus, heard, gaps } = await openBus();
    const { revision } = await publish(bus, 'before');
    await eventually(() => heard.includes('before'));
    await server.restart();
    await eventually(() => gaps.length > 0, { within: 2000 });
    expect(gaps[0]!.from).toBe(revision);
    await eventually(() => bus.readable(), { within: 2000 });
    await publish(bus, 'after');
    await eventually(() => heard.includes('after'));
    expect(heard).toEqual(['before', 'after']);
  });

  test('with nothing on it and comes back empty is a gap too', async () => {
    const { gaps } = await openBus();
    await server.restart();
    await eventually(() => gaps.length === 1, { within: 2000 });
  });

  test('stops answering: publishing ends with its budget, readers know, and all is made up for', async () => {
    const a = await openBus();
    const b = await openBus();
    await publish(a.bus, 'before');
    await eventually(() => b.heard.includes('before'));
    server.pause();
    const start = performance.now();
    await expect(a.bus.publish(anEvent('a', { id: 'meanwhile' }))).rejects.toBeInstanceOf(EventBusError);
    expect(performance.now() - start).toBeLessThan(100);
    await eventually(() => !b.bus.readable(), { within: 1500 });
    server.resume();
    await eventually(() => b.bus.readable() && b.heard.includes('meanwhile'), { within: 2000 });
    await eventually(() => a.bus.stats().pending === 0);
    await publish(a.bus, 'after');
    await eventually(() => b.heard.includes('after'));
    expect(b.heard).toEqual(['before', 'meanwhile', 'after']);
  });

  test('refuses writes: readers go on, and the event arrives when it takes writes', async () => {
    const { bus, heard } = await openBus();
    await server.readonly(true);
    await expect(publish(bus, 'meanwhile')).rejects.toBeInstanceOf(EventBusError);
    expect(bus.readable()).toBe(true);
    await server.readonly(false);
    await eventually(() => heard.includes('meanwhile'), { within: 2000 });
  });

  test('gives up an event that it refuses when it is back', async () => {
    const { bus } = await openBus();
    // Now and then the event is on the new stream before we have spoilt it: then once more.
    const isGivenUp = async (): Promise<boolean> => {
      await server.kill();
      await expect(publish(bus, 'meanwhile')).rejects.toBeInstanceOf(EventBusError);
      await server.restart();
      await server.command('SET', STREAM, 'not a stream');
      await eventually(() => bus.stats().pending === 0, { within: 5000 });
      return bus.stats().dropped === 1;
    };
    await eventually(isGivenUp, { within: 30_000 });
  }, 40_000);

  test('keeps the newest thousand events that wait', async () => {
    const { bus } = await openBus();
    await server.kill();
    for (let i = 0; i < 1001; i++) await publish(bus, `${i}`).catch(() => undefined);
    expect(bus.stats()).toMatchObject({ pending: 1000, dropped: 1 });
  });
});

describe('a gap', () => {
  test('is reported when the place was trimmed, and what is left is handed on', async () => {
    const { bus, heard, gaps } = await openBus();
    const { revision } = await publish(bus, '1');
    await eventually(() => heard.length === 1);
    // Behind the reader's back: it learns of nothing before its place is gone.
    await server.command(
      'EVAL',
      `redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
      redis.call('XADD', KEYS[1], '*', 'e', '{"id":"2","type":"a"}') return 1`,
      '1',
      STREAM,
    );
    await eventually(() => heard.includes('2'));
    expect(gaps).toEqual([{ from: revision, to: bus.position() }]);
    await publish(bus, '3');
    await eventually(() => heard.includes('3'));
    expect(gaps).toHaveLength(1);
  });

  test('is reported when the revisions of the stream go back', async () => {
    const { bus, heard, gaps } = await openBus();
    await publish(bus, '1');
    await eventually(() => heard.length === 1);
    await server.command(
      'EVAL',
      `redis.call('DEL', KEYS[1])
      redis.call('XADD', KEYS[1], '5-0', 'e', '{"id":"old","type":"a"}') return 1`,
      '1',
      STREAM,
    );
    await eventually(() => gaps.length === 1);
    expect(gaps[0]!.to).toBe('5-0');
    expect(bus.position()).toBe('5-0');
    await publish(bus, '2');
    await eventually(() => heard.includes('2'));
    expect(heard).toEqual(['1', '2']);
  });
});

test('a backlog longer than a batch is read to its end', async () => {
  const { bus, heard } = await openBus();
  const redis = await connected();
  await redis.command(
    'EVAL',
    `for i = 1, 1700 do
    redis.call('XADD', KEYS[1], '*', 'e', '{"id":"' .. i .. '","type":"a"}') end`,
    1,
    STREAM,
  );
  await eventually(() => heard.length === 1700);
  expect(heard.at(-1)).toBe('1700');
  expect(bus.stats().gaps).toBe(0);
});

test('a closed bus hands on nothing more', async () => {
  const a = await openBus();
  const b = await openBus();
  await a.bus.close();
  await publish(b.bus, '1');
  await eventually(() => b.heard.length === 1);
  expect(a.heard).toEqual([]);
});
