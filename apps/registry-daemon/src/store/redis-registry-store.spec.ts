import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, EPOCH_KEY, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { leaseFixture } from '../lease/lease.fixture';
import { GONE_MS } from './registry-store';
import { RedisRegistryStore } from './redis-registry-store';
import { type OpenStore, registryStoreConformance } from './registry-store.conformance';

// Real sockets on a machine that others use too.
jest.setTimeout(30_000);

let server: TestRedis;
let unreadable: string[];

// With the development platform's ACL: a key outside of `gw:` or a dangerous command would be refused.
beforeAll(async () => {
  server = await startRedis({ restricted: true });
});
afterAll(() => server.stop());
beforeEach(() => {
  unreadable = [];
});

interface Opened extends OpenStore {
  readonly store: RedisRegistryStore;
  readonly redis: RedisClient;
}

async function open(): Promise<Opened> {
  await server.restart();
  const clients = ['a', 'b'].map(() => connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock }));
  await Promise.all(clients.map((client) => client.ready(5_000)));
  const [store, other] = clients.map((redis, index) => {
    const note = (what: string): void => void unreadable.push(what);
    return new RedisRegistryStore({ redis, clock: systemClock, self: `daemon-${index}`, unreadable: note });
  });
  return {
    store: store!,
    other: other!,
    redis: clients[0]!,
    // Redis' clock is nobody's to move.
    pass: (ms) => systemClock.sleep(ms),
    close: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
}

registryStoreConformance('redis', open);

describe('redis', () => {
  const lease = leaseFixture({ epoch: 'e1', n: 1n });
  const batch = { service: 'demo-service', put: [{ lease, renewed: true }], renewed: [], removed: [], n: 1n };
  const contract = { service: 'demo-service', digest: 'd', owner: 'o', publishedAt: 1 };

  test('gives every key an end, and keeps a service’s keys on one node', async () => {
    const { store, redis, close } = await open();
    await store.write(batch);
    await store.putContract({ ...contract, descriptorSet: Uint8Array.of(1) });
    const keys = [
      'gw:{reg:demo-service}:leases',
      'gw:{reg:demo-service}:expiries',
      'gw:{reg:demo-service}:publications',
      'gw:{reg:demo-service}:contracts',
      'gw:{reg:*}:services',
      'gw:{reg:*}:n',
      'gw:{reg:*}:contracts',
      'gw:{reg:*}:changes',
    ];
    for (const key of keys) expect(await redis.command('PTTL', key)).toBeGreaterThan(0);
    const [seconds] = await redis.command<string[]>('TIME');
    const expiry = Number(await redis.command('ZSCORE', keys[1]!, 'a')) / 1_000;
    expect(Math.abs(expiry - Number(seconds) - 10)).toBeLessThan(2);
    await close();
  });

  test('forgets that a life was given up, after a while', async () => {
    const { store, redis, close } = await open();
    await store.write({ ...batch, put: [], removed: [lease] });
    const [leases, expiries] = ['gw:{reg:demo-service}:leases', 'gw:{reg:demo-service}:expiries'];
    const [seconds] = await redis.command<string[]>('TIME');
    const age = Number(seconds) * 1_000 - Number(await redis.command('ZSCORE', expiries, 'a'));
    expect(Math.abs(age - (24 * 3_600_000 - GONE_MS))).toBeLessThan(2_000);
    await redis.command('ZINCRBY', expiries, -GONE_MS - 2_000, 'a');
    await store.write({ ...batch, put: [] });
    expect(await redis.command('HLEN', leases)).toBe(0);
    await close();
  });

  test('leaves out what it can’t read, and says so', async () => {
    const { store, redis, close } = await open();
    await store.write(batch);
    const leases = 'gw:{reg:demo-service}:leases';
    const broken = ['nonsense', 'e1 2 2 {', 'e1 2 2 {"leaseMs":1}', 'e1 2 2 {"leaseMs":5000,"instance":{}}'];
    for (const [index, record] of broken.entries()) await redis.command('HSET', leases, `x${index}`, record);
    await redis.command('SADD', 'gw:{reg:*}:contracts', 'gone', 'broken');
    await redis.command('ZADD', 'gw:{reg:broken}:publications', 1, '{', 2, '{"digest":1}');
    expect((await store.load()).leases.map(({ id }) => id)).toEqual(['a']);
    expect(await store.contracts()).toEqual([]);
    expect(unreadable).toHaveLength(6);
    await store.write({ ...batch, put: [{ lease: { ...lease, id: 'x0' }, renewed: true }] });
    expect(await store.find({ service: 'demo-service', id: 'x3' })).toBeNull();
    await close();
  });

  test('mistakes an emptied redis for nothing: what isn’t there was not removed', async () => {
    const { store, redis, close } = await open();
    await store.write(batch);
    // As between FLUSHALL and the next probe of its life.
    await redis.command('SET', EPOCH_KEY, 'another');
    const answers = [store.load(), store.find(lease), store.remaining('demo-service', [lease])];
    for (const answer of await Promise.allSettled(answers))
      expect(answer).toMatchObject({ reason: { message: 'redis has lost its data' } });
    await close();
  });

  test('says when it goes, when it comes back, and that it came back empty', async () => {
    const { store, close } = await open();
    const before = store.epoch();
    let told = 0;
    const end = store.onChange(() => (told += 1));
    await server.kill();
    await eventually(() => expect(store.available()).toBe(false));
    await expect(store.load()).rejects.toThrow();
    await server.restart();
    await eventually(() => expect(store.available()).toBe(true));
    await eventually(() => expect(store.epoch()).not.toBe(before));
    expect(told).toBeGreaterThanOrEqual(2);
    end();
    await close();
  });

  test('followers learn that they may have missed something when it comes back empty', async () => {
    const { store, close } = await open();
    let lost = 0;
    const follow = () => store.follow({ changed: () => undefined, lost: () => (lost += 1) });
    const unfollow = follow();
    await eventually(() => expect(lost).toBe(1));
    const late = follow();
    expect(lost).toBe(2);
    late();
    await server.restart();
    await eventually(() => expect(lost).toBe(3));
    unfollow();
    unfollow();
    await close();
  });
});
