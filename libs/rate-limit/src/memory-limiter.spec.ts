import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { memoryLimiter } from './index';
import { aRule, limiterConformance } from './limiter.conformance';

limiterConformance(
  'the memory limiter',
  async () => {
    const clock = fakeClock();
    return {
      limiter: memoryLimiter({ clock }),
      advance: async (ms) => clock.advance(ms),
      close: async () => undefined,
    };
  },
  500,
);

const open = (maxKeys?: number) => {
  const clock = fakeClock();
  return { clock, limiter: memoryLimiter({ clock, maxKeys }) };
};

test('a client that takes all it can gets at least 60/61 of the rule', () => {
  const { clock, limiter } = open();
  const rule = aRule({ requests: 300 });
  let taken = 0;
  const windows = 61;
  for (let ms = 0; ms < windows * 60_000; ms += 100) {
    while (limiter.take('greedy', rule, 1).allowed) taken++;
    clock.advance(100);
  }
  expect(taken).toBeGreaterThanOrEqual(300 * 60);
  expect(taken).toBeLessThanOrEqual(300 * windows);
});

test('a client that takes all it can gets at least 20/21 of the burst', () => {
  const { clock, limiter } = open();
  const rule = aRule({ requests: 1_000_000, burst: 50 });
  let taken = 0;
  for (let ms = 0; ms < 21_000; ms += 10) {
    while (limiter.take('greedy', rule, 1).allowed) taken++;
    clock.advance(10);
  }
  expect(taken).toBeGreaterThanOrEqual(50 * 20);
});

test('remembers a bounded number of keys', () => {
  const { limiter } = open(100);
  const rule = aRule();
  for (let i = 0; i < 1000; i++) limiter.take(`${i}`, rule, 1);
  expect(limiter.size).toBe(100);
});

test('looking at keys and refusing them remembers nothing', () => {
  const { limiter } = open();
  limiter.take('a', aRule(), 0);
  limiter.take('b', aRule(), 100);
  expect(limiter.size).toBe(0);
});

test('a flood of other keys does not give a used-up key its rule back', () => {
  const { limiter } = open(100);
  const rule = aRule({ requests: 10 });
  limiter.take('attacker', rule, 10);
  for (let i = 0; i < 100_000; i++) limiter.take(`flood ${i}`, rule, 1);
  expect(limiter.take('attacker', rule, 1).allowed).toBe(false);
});

test('when every key is hot, the least recently used one goes', () => {
  const { limiter } = open(3);
  const rule = aRule({ requests: 2 });
  for (const key of ['a', 'b', 'c']) limiter.take(key, rule, 2);
  limiter.take('d', rule, 2);
  expect(limiter.size).toBe(3);
  expect(['a', 'b', 'c', 'd'].map((key) => limiter.take(key, rule, 0).remaining)).toEqual([2, 0, 0, 0]);
});

test('a key that has cooled down can be forgotten again', () => {
  const { clock, limiter } = open(2);
  const rule = aRule({ requests: 10, windowMs: 10_000 });
  limiter.take('was hot', rule, 6);
  clock.advance(10_500);
  limiter.take('was hot', rule, 1);
  limiter.take('b', rule, 1);
  limiter.take('c', rule, 1);
  expect(['was hot', 'b', 'c'].map((key) => limiter.take(key, rule, 0).remaining)).toEqual([10, 9, 9]);
});

test('idle keys are dropped as new ones come', () => {
  const { clock, limiter } = open();
  const rule = aRule({ requests: 10 });
  for (let i = 0; i < 50; i++) limiter.take(`cold ${i}`, rule, 1);
  for (let i = 0; i < 50; i++) limiter.take(`hot ${i}`, rule, 10);
  clock.advance(120_000);
  for (let i = 0; i < 25; i++) limiter.take(`new ${i}`, rule, 1);
  expect(limiter.size).toBe(25);
});

test('the share of others is left to them until their usage must have left the window', () => {
  const { clock, limiter } = open();
  const rule = aRule({ requests: 10 });
  const checks = [{ rule, key: 'a', cost: 2 }];
  limiter.remember(checks, {
    allowed: true,
    decisions: [{ allowed: true, limit: 10, remaining: 5, resetSeconds: 60, retryAfterSeconds: 0, store: 'shared' }],
  });
  // 5 used, 2 of them by this process: it may go on with 4 of the 10.
  expect(limiter.take('a', rule, 0)).toMatchObject({ remaining: 2, resetSeconds: 61 });
  expect(limiter.take('a', rule, 3)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
  expect(limiter.take('a', rule, 5)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
  expect(limiter.take('a', rule, 11)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
  expect(limiter.refusalOf([{ rule, key: 'a', cost: 8 }])).toBeNull();
  expect(limiter.refusalOf([{ rule, key: 'a', cost: 9 }])).toMatchObject({ allowed: false });
  expect(limiter.take('a', rule, 2)).toMatchObject({ allowed: true, remaining: 0 });
  clock.advance(61_000);
  expect(limiter.take('a', rule, 0)).toMatchObject({ remaining: 10, resetSeconds: 0 });
});

test('a key that only others used is not dropped while it may count', () => {
  const { clock, limiter } = open();
  const rule = aRule({ requests: 10 });
  limiter.remember([{ rule, key: 'a', cost: 1 }], {
    allowed: false,
    decisions: [{ allowed: false, limit: 10, remaining: 0, resetSeconds: 60, retryAfterSeconds: 9, store: 'shared' }],
  });
  limiter.take('b', rule, 1);
  expect(limiter.take('a', rule, 1)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
  clock.advance(61_000);
  limiter.take('c', rule, 1);
  expect(limiter.size).toBe(1);
});
