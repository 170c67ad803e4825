import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LatencyQuantile } from './index';

const recorded = (quantile: number, samples: readonly number[]): LatencyQuantile => {
  const estimate = new LatencyQuantile(quantile);
  for (const each of samples) estimate.record(each);
  return estimate;
};

test('it says nothing before it has seen enough', () => {
  expect(recorded(0.95, Array(19).fill(5)).valueMs).toBeNull();
  expect(recorded(0.95, Array(20).fill(5)).valueMs).toBeCloseTo(5, 0);
});

test('it is at most a tenth too high, and not too low', () => {
  const samples = fc.array(fc.double({ min: 0.2, max: 50_000, noNaN: true }), { minLength: 20, maxLength: 400 });
  fc.assert(
    fc.property(samples, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (given, quantile) => {
      const used = given.slice(0, Math.floor(given.length / 20) * 20);
      const exact = [...used].sort((a, b) => a - b)[Math.ceil(used.length * quantile) - 1]!;
      const estimate = recorded(quantile, used).valueMs!;
      expect(estimate).toBeGreaterThanOrEqual(exact * 0.999);
      expect(estimate).toBeLessThanOrEqual(exact * 1.11);
    }),
  );
});

test('it forgets what was long ago', () => {
  const estimate = recorded(0.95, Array(1_000).fill(1_000));
  for (let i = 0; i < 20_000; i++) estimate.record(10);
  expect(estimate.valueMs).toBeCloseTo(10, -1);
});

test('what is too short or too long for it, or no time at all, is in its first or last bucket', () => {
  expect(recorded(0.95, Array(20).fill(0)).valueMs).toBe(0.1);
  expect(recorded(0.95, Array(20).fill(Number.NaN)).valueMs).toBe(0.1);
  expect(recorded(0.95, Array(20).fill(1e12)).valueMs).toBeGreaterThan(99_000);
});
