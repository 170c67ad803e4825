import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, RedisUnavailableError, type RedisClient } from '@gateway/redis';
import { eventually, startRedis, type TestRedis } from '@gateway/testing';
import { redisLimiter, type Limiter } from './index';
import { aRule, limiterConformance } from './limiter.conformance';

/** A clock inside Redis that a test moves. */
const NOW_KEY = 'gw:{spec}:now';
const NOW_LUA = `tonumber(redis.call('GET', '${NOW_KEY}'))`;
const START = 1_790_000_000_000;

let server: TestRedis;
let redis: RedisClient;
let limiter: Limiter;

const connect = async () => {
  const client = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
  await client.ready(5000);
  return client;
};

beforeAll(async () => {
  server = await startRedis();
  redis = await connect();
});
afterAll(async () => {
  await redis.close();
  await server.stop();
});

limiterConformance(
  'the Redis limiter',
  async () => {
    await redis.command('SET', NOW_KEY, START);
    return {
      limiter: redisLimiter(redis, NOW_LUA),
      advance: async (ms) => void (await redis.command('INCRBY', NOW_KEY, ms)),
      close: async () => undefined,
    };
  },
  60,
);

describe('by its own clock', () => {
  beforeEach(async () => {
    await server.command('PING').catch(() => server.restart()); // a test may have killed it
    await redis.ready(5000);
    await server.flush();
    limiter = redisLimiter(redis);
  });

  test('two edges together let through exactly the rule', async () => {
    const other = await connect();
    const edges = [limiter, redisLimiter(other)];
    const rule = aRule({ requests: 300 });
    const decisions = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => edges[i % 2]!.take('ada', rule, 1)),
    );
    await other.close();
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(300);
    expect(decisions.every(({ store }) => store === 'shared')).toBe(true);
  });

  test('several rules are one command', async () => {
    const checks = ['a', 'b', 'c'].map((name) => ({ rule: aRule({ name }), key: 'k', cost: 1 }));
    await limiter.takeAll(checks);
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))![1]);
    const before = await calls();
    await limiter.takeAll(checks);
    // The client's own probe runs a script, too, every quarter of a second.
    expect((await calls()) - before).toBeLessThanOrEqual(2);
  });

  test('a key is bounded in size and gone when nothing counts any more', async () => {
    await redis.command('SET', NOW_KEY, START);
    const moved = redisLimiter(redis, NOW_LUA);
    const rule = aRule({ requests: 100_000, windowMs: 60_000, burst: 1000 });
    for (let i = 0; i < 300; i++) {
      await moved.take('busy', rule, 1);
      await redis.command('INCRBY', NOW_KEY, 457);
    }
    const [key] = (await redis.command<string[]>('KEYS', 'gw:{rl:*')) as [string];
    expect(await redis.command('STRLEN', key)).toBeLessThan(1024);
    expect(await redis.command('PTTL', key)).toBeLessThanOrEqual(61_000);
    await limiter.take('gone', aRule({ requests: 1, windowMs: 1000 }), 1);
    await eventually(async () => (await redis.command<string[]>('KEYS', 'gw:{rl:*gone}')).length === 0, {
      within: 3000,
    });
  });

  test('refusing writes nothing', async () => {
    const rule = aRule({ requests: 1 });
    await limiter.take('a', rule, 1);
    const [key] = (await redis.command<string[]>('KEYS', 'gw:{rl:*')) as [string];
    const before = await redis.commandBuffer('GET', key);
    await limiter.take('a', rule, 1);
    expect(await redis.commandBuffer('GET', key)).toEqual(before);
    await limiter.take('b', rule, 0);
    expect(await redis.command<string[]>('KEYS', 'gw:{rl:*')).toEqual([key]);
  });

  test('long keys are hashed, and no short key can pose as one', async () => {
    const rule = aRule({ requests: 1 });
    await limiter.take('x'.repeat(200), rule, 1);
    const [key] = (await redis.command<string[]>('KEYS', 'gw:{rl:*')) as [string];
    const hashed = /:(#[\w-]{43})\}$/.exec(key)![1]!;
    expect((await limiter.take(hashed, rule, 1)).allowed).toBe(true);
  });

  test('a clock that was set back a little keeps what counts, one that was set back by hours starts anew', async () => {
    await redis.command('SET', NOW_KEY, START);
    const moved = redisLimiter(redis, NOW_LUA);
    const rule = aRule({ requests: 3, burst: 2 });
    await moved.take('a', rule, 1);
    await redis.command('SET', NOW_KEY, START - 30_000);
    expect(await moved.take('a', rule, 0)).toMatchObject({ remaining: 2 });
    await redis.command('SET', NOW_KEY, START - 500);
    expect(await moved.take('a', rule, 1)).toMatchObject({ allowed: true, remaining: 1 });
    await redis.command('SET', NOW_KEY, START - 3_600_000);
    expect(await moved.take('a', rule, 1)).toMatchObject({ allowed: true, remaining: 2 });
  });

  test.each([['garbage'], [Buffer.from([0xc3])], [Buffer.from([0x93, 0xa1, 0x78, 1, 2])]])(
    'a value that it did not write counts as none: %p',
    async (value) => {
      const rule = aRule({ requests: 2 });
      await limiter.take('a', rule, 1);
      const [key] = (await redis.command<string[]>('KEYS', 'gw:{rl:*')) as [string];
      await redis.command('SET', key, value);
      expect(await limiter.take('a', rule, 1)).toMatchObject({ allowed: true, remaining: 1 });
    },
  );

  test('a store that is down is an error', async () => {
    await server.kill();
    await eventually(() => redis.state() === 'down');
    await expect(limiter.take('a', aRule(), 1)).rejects.toBeInstanceOf(RedisUnavailableError);
  });
});
