import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { redisEventBus } from '@gateway/events';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { anEvent, aRequest } from './dependencies.fixture';
import {
  redisTier,
  responseCache,
  type CacheRequest,
  type Lookup,
  type ResponseCache,
  type SharedEntry,
} from './index';

let server: TestRedis;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await server.command('PING').catch(() => server.restart()); // a test may have killed it
  await server.flush();
});
afterEach(async () => {
  server.resume();
  await server.readonly(false).catch(() => undefined);
  for (const close of closing.splice(0).reverse()) await close();
});

async function connected(): Promise<RedisClient> {
  const redis = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
  closing.push(() => redis.close());
  await redis.ready(5000);
  return redis;
}

const anEntry = (body: string, more: Partial<SharedEntry> = {}): SharedEntry => ({
  response: { status: 200, headers: ['content-type', 'text/plain'], body: Buffer.from(body) },
  revision: '1-0',
  ttlMs: 60_000,
  ...more,
});

describe('the Redis tier', () => {
  const open = async (budgetMs = 1000) => {
    const redis = await connected();
    return { redis, tier: redisTier({ redis, clock: systemClock, budgetMs }) };
  };
  const keys = (redis: RedisClient) => redis.command<string[]>('KEYS', 'gw:{cache:*');

  test('gives back what was stored, with the time it has left', async () => {
    const { tier, redis } = await open();
    await tier.write('a', anEntry('one'));
    const { remainingMs, ...entry } = (await tier.read('a'))!;
    expect(entry).toEqual(anEntry('one'));
    expect(remainingMs).toBeGreaterThan(50_000);
    expect(remainingMs).toBeLessThanOrEqual(60_000);
    expect(await tier.read('b')).toBeNull();
    expect(await keys(redis)).toEqual([expect.stringMatching(/^gw:\{cache:[\w-]{43}\}$/)]);
  });

  test('forgets when the time is over, by the clock of Redis', async () => {
    const { tier, redis } = await open();
    await tier.write('a', anEntry('one', { ttlMs: 50.7 }));
    await eventually(async () => (await keys(redis)).length === 0);
    expect(await tier.read('a')).toBeNull();
  });

  test('what is not an entry, or has no end, is a miss and counted', async () => {
    const { tier, redis } = await open();
    await tier.write('a', anEntry('one'));
    const [key] = (await keys(redis)) as [string];
    await redis.command('PERSIST', key);
    expect(await tier.read('a')).toBeNull();
    await redis.command('SET', key, 'garbage', 'PX', 60_000);
    expect(await tier.read('a')).toBeNull();
    expect(tier.unreadable).toBe(2);
  });

  test('fails within its budget when Redis hangs, and is then not asked for a while', async () => {
    const { tier } = await open(20);
    await eventually(async () => (await tier.read('warm')) === null);
    server.pause();
    const start = performance.now();
    await expect(tier.read('a')).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(100);
    expect(tier.available()).toBe(false);
  });

  test('is not asked when Redis refuses writes, nor when it is gone', async () => {
    const { tier, redis } = await open();
    await server.readonly(true);
    await expect(tier.write('a', anEntry('one'))).rejects.toThrow('READONLY');
    expect(tier.available()).toBe(false);
    await server.readonly(false);
    await eventually(() => tier.available(), { within: 2000 });
    await server.kill();
    await eventually(() => redis.state() === 'down');
    expect(tier.available()).toBe(false);
  });
});

describe('two edges on one Redis', () => {
  const project: CacheRequest = aRequest('project p1 ada', {
    fields: { project_id: 'p1', user_id: 'ada' },
    events: ['project_updated'],
  });
  const plain = aRequest('plain');

  /** An edge with its own connections. */
  async function edge() {
    const redis = await connected();
    const bus = redisEventBus({ redis, clock: systemClock });
    closing.push(() => bus.close());
    await bus.ready(5000);
    const shared = redisTier({ redis, clock: systemClock, budgetMs: 1000 });
    const cache = responseCache({ clock: systemClock, events: bus, maxBytes: 1_000_000, shared });
    closing.push(() => cache.close());
    return { bus, cache, redis };
  }
  const look = async (cache: ResponseCache, request: CacheRequest): Promise<Lookup> =>
    cache.lookup(request, { waitMs: 5000 });
  /** What a client gets, from an upstream that says `value` now. */
  async function ask(cache: ResponseCache, request: CacheRequest, value: string): Promise<[string, string]> {
    const found = await look(cache, request);
    if (found.kind === 'hit') return [found.entry.body.toString(), found.from];
    if (found.kind === 'miss') found.fill.store(anEntry(value).response, 60_000);
    return [value, found.kind];
  }
  /** Polls until the shared tier has the entry, as a third edge sees it. */
  const isShared = (redis: RedisClient) => async () =>
    (await redis.command<string[]>('KEYS', 'gw:{cache:*')).length > 0;

  test('share an answer until an event makes it untrue, on both', async () => {
    const [a, b] = [await edge(), await edge()];
    expect(await ask(a.cache, project, 'old')).toEqual(['old', 'miss']);
    await eventually(isShared(a.redis));
    expect(await ask(b.cache, project, 'never asked')).toEqual(['old', 'shared']);
    expect(await ask(b.cache, project, 'never asked')).toEqual(['old', 'memory']);

    const event = anEvent('project_updated', { project_id: 'p1' });
    a.cache.invalidateLocally(event);
    // Fresh at once where the write was handled, though Redis still has the old answer.
    expect(await ask(a.cache, project, 'new')).toEqual(['new', 'miss']);
    const { revision } = await a.bus.publish(event, { budgetMs: 1000 });
    await eventually(() => b.bus.position() === revision, { within: 1000 });
    expect(await ask(b.cache, project, 'new')).toEqual(['new', 'miss']);
    expect(await ask(a.cache, project, 'never asked')).toEqual(['new', 'memory']);
  });

  test('a fill that began before an event and reaches Redis after it is used by nobody', async () => {
    const [a, b, c] = [await edge(), await edge(), await edge()];
    const slow = await look(b.cache, project);
    if (slow.kind !== 'miss') throw new Error('expected a miss');
    // b hears of the event only when it has stored its answer: as slow as a process can be.
    const write = redisTier({ redis: b.redis, clock: systemClock, budgetMs: 1000 });
    const revision = b.bus.position();
    const event = anEvent('project_updated', { project_id: 'p1' });
    a.cache.invalidateLocally(event);
    await a.bus.publish(event, { budgetMs: 1000 });
    await write.write(project.key, anEntry('old', { revision }));
    for (const { cache, bus } of [a, b, c]) {
      await eventually(() => bus.stats().delivered === 1);
      expect(await ask(cache, project, 'new')).not.toContain('old');
    }
    // An edge that starts now knows it from the history.
    expect(await ask((await edge()).cache, project, 'new')).not.toContain('old');
    expect(slow.fill.store(anEntry('old').response, 60_000)).toBe(false);
  });

  test('an edge that starts later uses what was stored before it, as far as it is true', async () => {
    const a = await edge();
    await ask(a.cache, project, 'p1');
    await ask(a.cache, { ...project, key: 'project p2', fields: { project_id: 'p2', user_id: 'ada' } }, 'p2');
    await eventually(async () => (await a.redis.command<string[]>('KEYS', 'gw:{cache:*')).length === 2);
    const { revision } = await a.bus.publish(anEvent('project_updated', { project_id: 'p2' }), { budgetMs: 1000 });
    await eventually(() => a.bus.position() === revision);
    const { revision: last } = await a.bus.publish(anEvent('unrelated'), { budgetMs: 1000 });
    const late = await edge();
    expect(late.bus.position()).toBe(last);
    expect(
      await ask(late.cache, { ...project, key: 'project p2', fields: { project_id: 'p2', user_id: 'ada' } }, 'x'),
    ).toEqual(['x', 'miss']);
  });

  test('without Redis: what depends on events goes to the upstream, the rest is served, and it heals', async () => {
    const { cache, bus } = await edge();
    await ask(cache, project, 'one');
    await ask(cache, plain, 'plain');
    await server.kill();
    await eventually(() => !bus.readable(), { within: 1500 });
    const start = performance.now();
    expect(await ask(cache, project, 'fresh')).toEqual(['fresh', 'bypass']);
    expect(await ask(cache, plain, 'never asked')).toEqual(['plain', 'memory']);
    expect(await ask(cache, aRequest('another'), 'x')).toEqual(['x', 'miss']);
    expect(performance.now() - start).toBeLessThan(60);

    await server.restart();
    await eventually(() => bus.readable(), { within: 2000 });
    // Events may have been lost with the data: nothing that depends on them is left.
    await eventually(async () => (await ask(cache, project, 'new'))[0] === 'new', { within: 2000 });
    expect(await ask(cache, plain, 'never asked')).toEqual(['plain', 'memory']);
  });

  test('a write during a pause of Redis is never answered from before it, once events can be read again', async () => {
    const [a, b] = [await edge(), await edge()];
    await ask(a.cache, project, 'old');
    await ask(b.cache, project, 'old');
    server.pause();
    const event = anEvent('project_updated', { project_id: 'p1' });
    a.cache.invalidateLocally(event);
    await a.bus.publish(event).catch(() => undefined);
    await eventually(() => !b.bus.readable(), { within: 1500 });
    expect(await ask(b.cache, project, 'new')).toEqual(['new', 'bypass']);
    server.resume();
    await eventually(() => b.bus.stats().delivered === 1, { within: 2000 });
    expect((await ask(b.cache, project, 'new'))[0]).toBe('new');
    expect((await ask(a.cache, project, 'new'))[0]).toBe('new');
  });
});
