import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Forecast, LoadForecaster } from './load-forecaster';
import { MAX_RATE } from './load-model';

const BUCKET = 10_000;
const HOUR = 360;

/** Feeds a rate per bucket, from bucket `from` on. */
function feed(forecaster: LoadForecaster, rates: Iterable<number>, from = 0): void {
  let at = from * BUCKET;
  for (const rate of rates) {
    forecaster.add(rate * 10, at, at + BUCKET);
    at += BUCKET;
  }
}

const series = (buckets: number, rate: (bucket: number) => number): number[] =>
  Array.from({ length: buckets }, (_, bucket) => rate(bucket));

const sine = (period: number) => (bucket: number) => 100 + 80 * Math.sin((2 * Math.PI * bucket) / period);

/** Repeatable noise from -1 to 1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  };
}

function expectPlausible(forecast: Forecast | null): void {
  if (forecast === null) return;
  for (const value of [forecast.rate, forecast.peak, forecast.upper]) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(MAX_RATE);
  }
  if (forecast.error !== null) expect(forecast.error).toBeGreaterThanOrEqual(0);
}

describe('whatever it is told', () => {
  const anyNumber = fc.oneof(fc.double(), fc.integer({ min: -10, max: 10_000 }), fc.constant(Number.MAX_VALUE));
  const anyTime = fc.oneof(fc.double(), fc.integer({ min: 0, max: 100_000_000 }));

  test('it says nothing negative, infinite or NaN', () => {
    const call = fc.tuple(anyNumber, anyTime, anyTime);
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
        const forecaster = new LoadForecaster();
        for (const [count, from, to] of calls) {
          forecaster.add(count, from, to);
          expectPlausible(forecaster.forecast());
          expect(forecaster.forecastForNow ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('also for long series of wild rates with gaps', () => {
    const rate = fc.oneof(fc.double({ min: 0, max: 1e300 }), fc.constantFrom(0, 1, 1e12), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(rate, { minLength: 1, maxLength: 20 }), (pattern) => {
        const forecaster = new LoadForecaster();
        feed(
          forecaster,
          series(3 * HOUR, (bucket) => pattern[bucket % pattern.length]!),
        );
        expectPlausible(forecaster.forecast());
      }),
      { numRuns: 30 },
    );
  });

  test('a forecast of a load times a power of two is the forecast times it, exactly', () => {
    const rates = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(rates, fc.integer({ min: -4, max: 10 }), (pattern, exponent) => {
        const factor = 2 ** exponent;
        const [one, scaled] = [new LoadForecaster(), new LoadForecaster()];
        const rate = (bucket: number): number => pattern[bucket % pattern.length]!;
        feed(one, series(400, rate));
        feed(
          scaled,
          series(400, (bucket) => rate(bucket) * factor),
        );
        const [a, b] = [one.forecast()!, scaled.forecast()!];
        expect(b).toEqual({ ...a, rate: a.rate * factor, peak: a.peak * factor, upper: a.upper * factor });
      }),
      { numRuns: 40 },
    );
  });

  test('a constant load is forecast as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 2 * HOUR }), (rate, buckets) => {
        const forecaster = new LoadForecaster();
        feed(
          forecaster,
          series(buckets, () => rate),
        );
        const forecast = forecaster.forecast()!;
        for (const each of [forecast.rate, forecast.peak, forecast.upper])
          expect(Math.abs(each - rate)).toBeLessThanOrEqual(1e-9 * rate);
        expect(forecast.seasonMs).toBeNull();
        expect(forecast.error ?? 0).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a season', () => {
  test.each([
    ['ten minutes', 60, 6 * HOUR],
    ['an hour', HOUR, 6 * HOUR],
    ['two hours and 17 minutes', 822, 12 * HOUR],
    ['a day', 24 * HOUR, 84 * HOUR],
  ])('of %s is found, and what it brings is known five minutes before', (_name, period, buckets) => {
    const forecaster = new LoadForecaster();
    feed(forecaster, series(buckets, sine(period)));
    let worst = 0;
    for (let bucket = buckets; bucket < buckets + period; bucket++) {
      const { rate } = forecaster.forecast()!;
      worst = Math.max(worst, Math.abs(rate - sine(period)(bucket + 29)));
      feed(forecaster, [sine(period)(bucket)], bucket);
    }
    // Of an amplitude of 80.
    expect(worst).toBeLessThan(12);
    const { seasonMs, error } = forecaster.forecast()!;
    expect(Math.abs(seasonMs! / BUCKET - period)).toBeLessThan(0.02 * period);
    expect(error).toBeLessThan(0.5);
  });

  test('in noise is found, and better than "it goes on as it is"', () => {
    const random = noise(7);
    const forecaster = new LoadForecaster();
    feed(
      forecaster,
      series(8 * HOUR, (bucket) => Math.max(0, sine(HOUR)(bucket) + 20 * random())),
    );
    const { seasonMs, error } = forecaster.forecast()!;
    expect(seasonMs).toBe(3_600_000);
    expect(error).toBeLessThan(0.5);
  });

  test('of short bursts is foreseen before it comes, and not after', () => {
    const burst = (bucket: number): number => (bucket % HOUR < 6 ? 1_000 : 100);
    const forecaster = new LoadForecaster();
    feed(forecaster, series(6 * HOUR - 10, burst));
    // The burst begins in ten buckets, which is within the horizon.
    expect(forecaster.forecast()!.peak).toBeGreaterThan(700);
    feed(forecaster, series(20, burst), 6 * HOUR - 10);
    expect(forecaster.forecast()!.peak).toBeLessThan(400);
  });

  test('that ends is given up', () => {
    const forecaster = new LoadForecaster();
    feed(forecaster, series(6 * HOUR, sine(HOUR)));
    expect(forecaster.forecast()!.seasonMs).toBe(3_600_000);
    feed(
      forecaster,
      series(24 * HOUR, () => 100),
      6 * HOUR,
    );
    expect(forecaster.forecast()!.rate).toBeCloseTo(100, 0);
  });

  test('is not seen in noise', () => {
    const random = noise(3);
    const forecaster = new LoadForecaster();
    feed(
      forecaster,
      series(8 * HOUR, () => 100 + 20 * random()),
    );
    const { seasonMs, rate, error } = forecaster.forecast()!;
    expect(seasonMs).toBeNull();
    expect(Math.abs(rate - 100)).toBeLessThan(10);
    // The mean of noise is a better guess than its last value, by √2.
    expect(error).toBeGreaterThan(0.5);
    expect(error).toBeLessThan(0.9);
  });
});

describe('without a season', () => {
  test('a ramp goes on, damped', () => {
    const forecaster = new LoadForecaster();
    feed(
      forecaster,
      series(200, (bucket) => 100 + bucket),
    );
    const { rate, error } = forecaster.forecast()!;
    expect(rate).toBeGreaterThan(310);
    expect(rate).toBeLessThan(330);
    expect(error).toBeLessThan(0.6);
  });

  test('the upper quantile is above what comes, nineteen times of twenty', () => {
    const random = noise(11);
    const forecaster = new LoadForecaster();
    let above = 0;
    for (let bucket = 0; bucket < 2_000; bucket++) {
      const rate = 100 + 30 * random();
      if (bucket >= 1_000 && rate > forecaster.forecast()!.upper) above++;
      feed(forecaster, [rate], bucket);
    }
    expect(above / 1_000).toBeLessThan(0.08);
    expect(above / 1_000).toBeGreaterThan(0.01);
  });

  test('after a jump the error says so', () => {
    const forecaster = new LoadForecaster();
    feed(
      forecaster,
      series(HOUR, (bucket) => (bucket % 60 < 30 ? 10 : 1_000 * (1 + (bucket % 7)))),
    );
    expect(forecaster.forecast()!.error).toBeGreaterThan(0.5);
  });
});

describe('time', () => {
  test('there is no forecast before a bucket is complete, no error before forecasts came due', () => {
    const forecaster = new LoadForecaster();
    expect(forecaster.forecast()).toBeNull();
    forecaster.add(50, 0, 5_000);
    expect(forecaster.forecast()).toBeNull();
    forecaster.add(50, 5_000, 10_000);
    expect(forecaster.forecast()).toMatchObject({ rate: 10, error: null });
    feed(
      forecaster,
      series(88, () => 10),
      1,
    );
    expect(forecaster.forecast()!.error).toBeNull();
    feed(
      forecaster,
      series(2, () => 10),
      89,
    );
    expect(forecaster.forecast()!.error).toBe(0);
    expect(forecaster.forecastForNow).toBe(10);
  });

  test('an interval over several buckets is divided among them', () => {
    const [fine, coarse] = [new LoadForecaster(), new LoadForecaster()];
    feed(
      fine,
      series(60, () => 20),
    );
    for (let at = 0; at < 600_000; at += 30_000) coarse.add(600, at, at + 30_000);
    expect(coarse.forecast()).toEqual(fine.forecast());
  });

  test('what was not watched is not taken for silence', () => {
    const forecaster = new LoadForecaster();
    feed(
      forecaster,
      series(100, () => 50),
    );
    feed(
      forecaster,
      series(10, () => 50),
      400,
    );
    const { rate, error } = forecaster.forecast()!;
    expect(rate).toBeCloseTo(50);
    expect(error).toBe(0);
  });

  test('a season keeps its phase over a gap', () => {
    const forecaster = new LoadForecaster();
    feed(forecaster, series(6 * HOUR, sine(HOUR)));
    const after = 6 * HOUR + 500;
    feed(forecaster, [sine(HOUR)(after)], after);
    expect(Math.abs(forecaster.forecast()!.rate - sine(HOUR)(after + 30))).toBeLessThan(12);
  });

  test('after more than a day it begins anew', () => {
    const forecaster = new LoadForecaster();
    feed(forecaster, series(6 * HOUR, sine(HOUR)));
    feed(forecaster, [5], 40 * HOUR);
    expect(forecaster.forecast()).toEqual({ rate: 5, peak: 5, upper: 5, error: null, model: 'level', seasonMs: null });
    forecaster.add(1, 41 * HOUR * BUCKET, 100 * HOUR * BUCKET);
    expect(forecaster.forecast()).toBeNull();
  });

  test('a clock that went back, and overlaps, are ignored', () => {
    const forecaster = new LoadForecaster();
    feed(
      forecaster,
      series(100, () => 50),
      10,
    );
    const before = forecaster.forecast();
    feed(
      forecaster,
      series(50, () => 9_000),
    );
    forecaster.add(10, 10, 10);
    forecaster.add(-1, 1_100_000, 1_110_000);
    expect(forecaster.forecast()).toEqual(before);
  });
});

test('memory is bounded: three days hold no more than two', () => {
  const random = noise(5);
  const forecaster = new LoadForecaster();
  const rate = (bucket: number): number => sine(HOUR)(bucket) + 10 * random();
  const twoDays = 48 * HOUR;
  feed(forecaster, series(twoDays, rate));
  const held = sizeOf(forecaster);
  feed(forecaster, series(twoDays / 2, rate), twoDays);
  expect(sizeOf(forecaster)).toBeLessThanOrEqual(held * 1.2);
  expect(sizeOf(forecaster)).toBeLessThan(96 * 1_024);
});

/** Bytes of the numbers that an object holds. */
function sizeOf(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 8;
  seen.add(value);
  if (value instanceof Float64Array) return value.byteLength;
  const parts = value instanceof Map ? [...value.entries()].flat() : Object.values(value);
  return parts.reduce((sum: number, part: unknown) => sum + sizeOf(part, seen), 0);
}
