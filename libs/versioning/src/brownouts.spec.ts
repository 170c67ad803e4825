import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Brownout, stretchAt } from './brownouts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;

test('before, in and after a window that happens once', () => {
  const once = [{ start: 10, duration: 5, every: 0 }];
  expect(stretchAt(once, 0)).toEqual({ interrupted: false, from: 0, until: 10 });
  expect(stretchAt(once, 10)).toEqual({ interrupted: true, from: 10, until: 15 });
  expect(stretchAt(once, 15)).toEqual({ interrupted: false, from: 15, until: Infinity });
});

test('one that happens every week', () => {
  const weekly = [{ start: 0, duration: HOUR, every: WEEK }];
  expect(stretchAt(weekly, 3 * WEEK + 5)).toMatchObject({ interrupted: true, until: 3 * WEEK + HOUR });
  expect(stretchAt(weekly, 3 * WEEK - 5)).toMatchObject({ interrupted: false, until: 3 * WEEK });
});

test('windows that touch are one interruption', () => {
  const three = [
    { start: 0, duration: 10, every: 0 },
    { start: 5, duration: 10, every: 0 },
    { start: 15, duration: 5, every: 0 },
  ];
  expect(stretchAt(three, 1)).toMatchObject({ interrupted: true, until: 20 });
  expect(stretchAt([{ start: 0, duration: 10, every: 10 }], 3)).toMatchObject({ interrupted: true });
});

test('without any nothing is interrupted', () => {
  expect(stretchAt([], 7)).toEqual({ interrupted: false, from: 7, until: Infinity });
});

/** What the schedule means, moment by moment. */
const isInterrupted = (brownouts: readonly Brownout[], at: number): boolean =>
  brownouts.some(({ start, duration, every }) => {
    for (let opened = start; opened <= at; opened += every) {
      if (at < opened + duration) return true;
      if (every === 0) return false;
    }
    return false;
  });

const brownout = fc
  .record({ start: fc.integer({ min: 0, max: 60 }), duration: fc.integer({ min: 1, max: 20 }), gap: fc.nat(20) })
  .map(({ start, duration, gap }): Brownout => ({ start, duration, every: gap === 0 ? 0 : duration + gap - 1 }));

test('a stretch says of each of its moments what the schedule says, and ends where the schedule changes', () => {
  fc.assert(
    fc.property(fc.array(brownout, { maxLength: 4 }), fc.integer({ min: 0, max: 120 }), (brownouts, now) => {
      const { interrupted, from, until } = stretchAt(brownouts, now);
      expect(from).toBe(now);
      expect(until).toBeGreaterThan(now);
      const moments = Array.from({ length: Math.min(until, 400) - now }, (_each, index) => now + index);
      expect(moments.filter((at) => isInterrupted(brownouts, at) !== interrupted)).toEqual([]);
      if (!interrupted && Number.isFinite(until)) expect(isInterrupted(brownouts, until)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
