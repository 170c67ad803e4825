import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { connectRedis, type RedisClient } from '@gateway/redis';
import { eventually, fakeClock, startRedis, type TestRedis } from '@gateway/testing';
import { failoverLimiter, memoryLimiter, redisLimiter, type Limiter, type Outcome } from './index';
import { aRule } from './limiter.conformance';

/** A shared limiter of two edges in one process, that can be made to fail or hang. */
function faultyStore() {
  const clock = fakeClock();
  const counts = memoryLimiter({ clock });
  const store = { mode: 'up' as 'up' | 'failing' | 'hanging', calls: 0 };
  const shared: Limiter = {
    take: () => Promise.reject(new Error('not used')),
    async takeAll(checks): Promise<Outcome> {
      store.calls++;
      if (store.mode === 'failing') throw new Error('down');
      if (store.mode === 'hanging') return new Promise(() => undefined);
      const outcome = counts.takeAll(checks);
      return { ...outcome, decisions: outcome.decisions.map((each) => ({ ...each, store: 'shared' as const })) };
    },
  };
  const edge = () => failoverLimiter({ shared, local: memoryLimiter({ clock }), clock });
  return { clock, store, edge };
}

/** How many of so many calls, one after the other, are allowed. */
async function allowedOf(calls: number, limiter: Limiter, rule = aRule()): Promise<number> {
  let allowed = 0;
  for (let i = 0; i < calls; i++) if ((await limiter.take('ada', rule, 1)).allowed) allowed++;
  return allowed;
}

describe('while the store answers', () => {
  test('it counts, for all edges together', async () => {
    const { edge } = faultyStore();
    const [a, b] = [edge(), edge()];
    expect(await a.take('ada', aRule(), 1)).toMatchObject({ allowed: true, remaining: 9, store: 'shared' });
    expect(await b.take('ada', aRule(), 1)).toMatchObject({ allowed: true, remaining: 8, store: 'shared' });
    expect((await allowedOf(10, a)) + (await allowedOf(10, b))).toBe(8);
  });

  test('a key that this edge has used up is refused without asking', async () => {
    const { store, edge } = faultyStore();
    const limiter = edge();
    await allowedOf(10, limiter);
    const { calls } = store;
    const decision = limiter.take('ada', aRule(), 1);
    expect(decision).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: expect.any(Number) as never });
    expect(store.calls).toBe(calls);
  });

  test('what it refuses is not counted locally', async () => {
    const { clock, edge } = faultyStore();
    const [a, b] = [edge(), edge()];
    await allowedOf(10, a);
    expect(await allowedOf(50, b)).toBe(0);
    clock.advance(61_000);
    expect(await allowedOf(10, b)).toBe(10);
  });
});

describe('while the store fails', () => {
  test('each edge goes on with its share of the rule, so that together they stay about within it', async () => {
    const { clock, store, edge } = faultyStore();
    const [a, b] = [edge(), edge()];
    const rule = aRule({ requests: 100 });
    for (let i = 0; i < 40; i++) await (i % 4 === 0 ? a : b).take('ada', rule, 1);
    store.mode = 'failing';
    const [byA, byB] = [await allowedOf(100, a, rule), await allowedOf(100, b, rule)];
    expect(40 + byA + byB).toBeLessThanOrEqual(105);
    expect(40 + byA + byB).toBeGreaterThanOrEqual(95);
    expect(await a.take('ada', rule, 1)).toMatchObject({ allowed: false, store: 'local' });
    // What the others do is not known any more after a window: each has the whole rule.
    clock.advance(61_000);
    expect(await allowedOf(150, a, rule)).toBe(100);
  });

  test('a key that no other edge has used has the whole rule', async () => {
    const { store, edge } = faultyStore();
    const limiter = edge();
    await allowedOf(4, limiter);
    store.mode = 'failing';
    expect(await allowedOf(20, limiter)).toBe(6);
    expect(await limiter.take('new', aRule(), 10)).toMatchObject({ allowed: true, store: 'local' });
  });

  test('a rule may let pass or refuse instead', async () => {
    const { store, edge } = faultyStore();
    const limiter = edge();
    store.mode = 'failing';
    expect(await limiter.take('ada', aRule({ onStoreDown: 'allow' }), 1)).toEqual({
      allowed: true,
      limit: 10,
      remaining: 10,
      resetSeconds: 0,
      retryAfterSeconds: 0,
      store: 'none',
    });
    expect(await limiter.take('ada', aRule({ onStoreDown: 'deny' }), 1)).toEqual({
      allowed: false,
      limit: 10,
      remaining: 0,
      resetSeconds: 0,
      retryAfterSeconds: 1,
      store: 'none',
    });
  });

  test('a call that one rule denies charges no other, a shadow denies nothing', async () => {
    const { store, edge } = faultyStore();
    const limiter = edge();
    store.mode = 'failing';
    const local = { rule: aRule({ name: 'local' }), key: 'ada', cost: 1 };
    const deny = { rule: aRule({ name: 'deny', onStoreDown: 'deny' }), key: 'ada', cost: 1 };
    const shadow = { ...deny, rule: aRule({ name: 'deny', onStoreDown: 'deny', shadow: true }) };
    const denied = await limiter.takeAll([local, deny]);
    expect(denied.allowed).toBe(false);
    expect(denied.decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 10],
      [false, 0],
    ]);
    const passed = await limiter.takeAll([shadow, local]);
    expect(passed.allowed).toBe(true);
    expect(passed.decisions.map(({ store: by, remaining }) => [by, remaining])).toEqual([
      ['none', 0],
      ['local', 9],
    ]);
  });

  test('it is asked again by one call at a time, and counts again as soon as it answers', async () => {
    const { clock, store, edge } = faultyStore();
    const limiter = edge();
    store.mode = 'failing';
    await limiter.take('ada', aRule(), 1);
    expect(store.calls).toBe(1);
    for (let i = 0; i < 5; i++) expect(limiter.take('ada', aRule(), 1)).toMatchObject({ store: 'local' });
    expect(store.calls).toBe(1);
    store.mode = 'up';
    clock.advance(100);
    expect(await limiter.take('ada', aRule(), 1)).toMatchObject({ store: 'shared' });
  });

  test('no edge lets more than the rule through by itself, across the loss and the return of the store', async () => {
    const { clock, store, edge } = faultyStore();
    const limiter = edge();
    const rule = aRule({ requests: 10, windowMs: 10_000 });
    const taken: number[] = [];
    for (let i = 0; i < 400; i++) {
      store.mode = i % 100 < 50 ? 'up' : 'failing';
      if ((await limiter.take('ada', rule, 1)).allowed) taken.push(clock.monotonic());
      clock.advance(137);
      const recent = taken.filter((at) => at > clock.monotonic() - 10_000);
      expect(recent.length).toBeLessThanOrEqual(10);
    }
    expect(taken.length).toBeGreaterThan(40);
  });
});

test('a store that hangs costs a call the patience once, then a trial the budget', async () => {
  const { clock, store, edge } = faultyStore();
  const limiter = edge();
  store.mode = 'hanging';
  const first = limiter.take('ada', aRule(), 1);
  clock.advance(250);
  expect(await first).toMatchObject({ allowed: true, store: 'local' });
  expect(limiter.take('ada', aRule(), 1)).toMatchObject({ allowed: true, store: 'local' });
  clock.advance(100);
  const trial = limiter.take('ada', aRule(), 1);
  clock.advance(20);
  expect(await trial).toMatchObject({ allowed: true, store: 'local' });
});

describe('with a real Redis', () => {
  let server: TestRedis;
  const clients: RedisClient[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server.stop();
  });
  beforeEach(() => server.flush());

  const edge = async () => {
    const redis = connectRedis({ url: server.url, caFile: server.caFile, clock: systemClock });
    clients.push(redis);
    await redis.ready(5000);
    const local = memoryLimiter({ clock: systemClock });
    return failoverLimiter({ shared: redisLimiter(redis), local, clock: systemClock });
  };
  /** A rule that no test uses up. */
  const wide = aRule({ name: 'wide', requests: 1_000_000 });
  const storeOf = async (limiter: Limiter) => (await limiter.take('probe', wide, 1)).store;

  test.each<[string, () => unknown, () => unknown]>([
    ['killed and started again, empty', () => server.kill(), () => server.restart()],
    ['paused', () => server.pause(), () => server.resume()],
    ['made read-only', () => server.readonly(true), () => server.readonly(false)],
  ])('that is %s: local at once, shared again within 2 s, and slow at most once', async (_what, breakIt, mend) => {
    const [a, b] = [await edge(), await edge()];
    await eventually(async () => (await storeOf(a)) === 'shared' && (await storeOf(b)) === 'shared');
    await breakIt();
    const slow: number[] = [];
    let answers = 0;
    await eventually(async () => {
      const start = performance.now();
      const store = await storeOf(a);
      const took = performance.now() - start;
      if (took > 100) slow.push(took);
      return store === 'local' && ++answers > 100;
    });
    // The patience, once; then the budget and what a busy test machine adds.
    expect(slow.length).toBeLessThanOrEqual(1);
    for (const took of slow) expect(took).toBeLessThan(500);
    const rule = aRule({ requests: 5 });
    const takes = await Promise.all(Array.from({ length: 20 }, async () => a.take('ada', rule, 1)));
    expect(takes.filter(({ allowed }) => allowed)).toHaveLength(5);

    await mend();
    await eventually(async () => (await storeOf(a)) === 'shared' && (await storeOf(b)) === 'shared', { within: 2000 });
    expect((await a.take('ada', rule, 1)).allowed).toBe(false);
  });
});
