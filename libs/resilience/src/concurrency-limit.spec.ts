import { describe, expect, test } from '@jest/globals';

import { FixedLimit, GradientLimit } from './index';

describe('a fixed limit', () => {
  test('lets in as many as it says', () => {
    const limit = new FixedLimit(2);
    expect([limit.tryAcquire(), limit.tryAcquire(), limit.tryAcquire()]).toEqual([true, true, false]);
    limit.release();
    expect([limit.inFlight, limit.tryAcquire()]).toEqual([1, true]);
  });

  test('counts the calls of all, whatever limit each has', () => {
    const limit = new FixedLimit(1_024);
    limit.tryAcquire();
    expect([limit.tryAcquireWithin(1), limit.tryAcquireWithin(2), limit.inFlight]).toEqual([false, true, 2]);
  });
});

let now = 0;

/**
 * An instance with so many workers: what is more queues, and everything takes longer. Each round is a window in which the
 * limit is used up.
 */
function load(
  limit: GradientLimit,
  { workers, serviceMs, rounds }: Record<'workers' | 'serviceMs' | 'rounds', number>,
) {
  for (let round = 0; round < rounds; round++) {
    let running = 0;
    while (limit.tryAcquire()) running++;
    const latency = serviceMs * Math.max(1, running / workers);
    for (let i = 0; i < Math.max(running, 10); i++) {
      now += 1_001 / Math.max(running, 10);
      if (i >= running) limit.tryAcquire();
      limit.release(latency, now);
    }
  }
  return limit.limit;
}

describe('an adaptive limit', () => {
  test('grows while calls take no longer, up to its ceiling', () => {
    expect(load(new GradientLimit({ max: 100 }), { workers: 1_000, serviceMs: 10, rounds: 200 })).toBe(100);
  });

  test('settles above what the instance can take, and far below its ceiling', () => {
    const limit = new GradientLimit({ initial: 8, max: 1_000 });
    load(limit, { workers: 8, serviceMs: 10, rounds: 20 });
    const settled = load(limit, { workers: 8, serviceMs: 10, rounds: 200 });
    expect(settled).toBeGreaterThanOrEqual(8);
    expect(settled).toBeLessThan(100);
  });

  test('falls when calls become slower, and rises again when they are quick', () => {
    const limit = new GradientLimit({ max: 200 });
    const before = load(limit, { workers: 1_000, serviceMs: 10, rounds: 100 });
    const slow = load(limit, { workers: 1_000, serviceMs: 100, rounds: 5 });
    expect(slow).toBeLessThan(before / 1.5);
    expect(load(limit, { workers: 1_000, serviceMs: 10, rounds: 100 })).toBeGreaterThan(slow);
  });

  test('soon takes what is quicker for the usual', () => {
    const limit = new GradientLimit({ max: 50 });
    load(limit, { workers: 1_000, serviceMs: 100, rounds: 20 });
    load(limit, { workers: 1_000, serviceMs: 10, rounds: 60 });
    // Were 100 ms still the usual, calls of 50 ms would be no reason to fall.
    expect(load(limit, { workers: 1_000, serviceMs: 50, rounds: 5 })).toBeLessThan(50);
  });

  test('stands still while it is hardly used, and learns nothing from calls that say nothing', () => {
    const limit = new GradientLimit({ initial: 50, max: 200 });
    for (let i = 0; i < 100; i++) {
      limit.tryAcquire();
      limit.release(i % 2 === 0 ? 10 : null, i * 200);
    }
    expect([limit.limit, limit.inFlight]).toEqual([50, 0]);
  });

  test('is never below its least, nor below one', () => {
    const limit = new GradientLimit({ initial: 10, min: 5, max: 100 });
    for (let serviceMs = 1; serviceMs < 1e9; serviceMs *= 4) load(limit, { workers: 1_000, serviceMs, rounds: 2 });
    expect(limit.limit).toBeGreaterThanOrEqual(5);
    expect(new GradientLimit({ max: 1 }).limit).toBe(1);
    expect(load(new GradientLimit({ max: 1 }), { workers: 1, serviceMs: 0, rounds: 3 })).toBe(1);
  });
});
