import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findSeason } from './seasonality';

const series = (count: number, value: (index: number) => number): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => value(index));
const wave = (period: number) => (index: number) => 50 + 30 * Math.cos((2 * Math.PI * index) / period);

describe('a season', () => {
  test('is found, the shortest of those that explain the series', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 120 }), fc.integer({ min: 3, max: 6 }), (period, times) => {
        const found = findSeason(series(Math.max(48, period * times), wave(period)))!;
        expect(Math.abs(found.period - period)).toBeLessThan(0.05 * period + 0.1);
        expect(found.correlation).toBeGreaterThan(0.9);
      }),
    );
  });

  test('that is not whole is found between the values', () => {
    expect(findSeason(series(500, wave(36.4)))!.period).toBeCloseTo(36.4, 1);
  });

  test('is found on a slope, and with values missing', () => {
    const values = series(400, (index) => wave(50)(index) + 2 * index);
    for (let index = 100; index < 130; index++) values[index] = Number.NaN;
    expect(Math.abs(findSeason(values)!.period - 50)).toBeLessThan(1);
  });

  test.each([
    ['too short a series', series(47, wave(10))],
    ['one that was seen less than twice', series(100, wave(80))],
    ['a constant', series(200, () => 7)],
    ['a straight line', series(200, (index) => 0.1 * index)],
    ['nothing known', series(200, () => Number.NaN)],
    ['one jump', series(200, (index) => (index < 100 ? 1 : 5))],
  ])('isn’t found in %s', (_name, values) => expect(findSeason(values)).toBeNull());
});

test('whatever the series, the period is one that was seen twice', () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN), fc.double({ min: 0, max: 1e12 }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 150 }), (values) => {
      const found = findSeason(Float64Array.from(values));
      if (found === null) return;
      expect(found.period).toBeGreaterThanOrEqual(7.5);
      expect(found.period).toBeLessThanOrEqual(values.length / 2 + 1);
    }),
  );
});
