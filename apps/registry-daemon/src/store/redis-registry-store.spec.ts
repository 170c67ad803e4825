import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { leaseFixture } from '../lease/lease.fixture';
import { RedisRegistryStore } from './redis-registry-store';
import { registryStoreConformance } from './registry-store.conformance';

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

async function open(): Promise<{ store: RedisRegistryStore; redis: RedisClient; close: () => Promise<void> }> {
  await server.restart();
  const redis = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
  await redis.ready(5_000);
  const store = new RedisRegistryStore(redis, (what) => unreadable.push(what));
  return { store, redis, close: () => redis.close() };
}

registryStoreConformance('redis', open);

describe('redis', () => {
  const lease = leaseFixture({ epoch: 'e1', n: 1n });

  test('gives every key an end, and keeps a service’s keys on one node', async () => {
    const { store, redis, close } = await open();
    await store.write('demo-service', [lease], [], 1n);
    await store.putContract({
      service: 'demo-service',
      digest: 'd',
      owner: 'o',
      publishedAt: 1,
      descriptorSet: Uint8Array.of(1),
    });
    const keys = [
      'gw:{reg:demo-service}:leases',
      'gw:{reg:demo-service}:expiries',
      'gw:{reg:demo-service}:contract',
      'gw:{reg:*}:services',
      'gw:{reg:*}:n',
      'gw:{reg:*}:contracts',
    ];
    for (const key of keys) expect(await redis.command('PTTL', key)).toBeGreaterThan(0);
    const [seconds] = await redis.command<string[]>('TIME');
    const expiry = Number(await redis.command('ZSCORE', keys[1]!, 'a')) / 1_000;
    expect(Math.abs(expiry - Number(seconds) - 10)).toBeLessThan(2);
    await close();
  });

  test('leaves out what it can’t read, and says so', async () => {
    const { store, redis, close } = await open();
    await store.write('demo-service', [lease], [], 1n);
    const leases = 'gw:{reg:demo-service}:leases';
    const broken = ['nonsense', 'e1 2 {', 'e1 2 {"leaseMs":1,"instance":{}}', 'e1 2 {"leaseMs":5000,"instance":{}}'];
    for (const [index, record] of broken.entries()) await redis.command('HSET', leases, `x${index}`, record);
    await redis.command('SADD', 'gw:{reg:*}:contracts', 'gone', 'broken');
    await redis.command('HSET', 'gw:{reg:broken}:contract', 'head', '{', 'set', 'x');
    expect((await store.load()).leases.map(({ id }) => id)).toEqual(['a']);
    expect(await store.loadContracts()).toEqual([]);
    expect(unreadable).toHaveLength(5);
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
});
