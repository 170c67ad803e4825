import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from './index';

const options = { baseMs: 25, maxMs: 250 };
const longest = (retry: number): number => backoffMs(options, retry, () => 1);

test('the bound doubles up to the longest', () => {
  expect([0, 1, 2, 3, 4, 50].map(longest)).toEqual([25, 50, 100, 200, 250, 250]);
});

test('a pause is anything between nothing and its bound', () => {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000 }), unit, (retry, drawn) => {
      const pause = backoffMs(options, retry, () => drawn);
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(longest(retry));
    }),
  );
});
