import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../sample.fixture';
import { CallRecord, type LocalEjection } from './call-record';
import { LatencyHistogram } from './latency-histogram';
import { OUTLIER_LIMITS, type OutlierLimits } from './limits';
import { OutlierDetector } from './outlier-detector';

let ejected: [CallRecord, LocalEjection][];
let returned: [CallRecord, LocalEjection][];
beforeEach(() => {
  ejected = [];
  returned = [];
});

function detectorOf(count: number, limits: Partial<OutlierLimits> = {}, random = (): number => 0) {
  const records = Array.from({ length: count }, () => new CallRecord());
  const detector = new OutlierDetector<CallRecord>({
    limits: { ...OUTLIER_LIMITS, ...limits },
    random,
    onEjected: (record, ejection) => ejected.push([record, ejection]),
    onReturned: (record, ejection) => returned.push([record, ejection]),
  });
  detector.replace(records);
  detector.sweep(0);
  return { detector, records };
}

const out = (records: readonly CallRecord[]): number[] =>
  records.flatMap(({ ejection }, index) => (ejection === null ? [] : [index]));

const fail = (detector: OutlierDetector<CallRecord>, record: CallRecord, times: number, now = 0): void => {
  for (let i = 0; i < times; i++) detector.failed(record, 'GW_TIMEOUT', now);
};

describe('failures in a row', () => {
  test('take an instance out for a time that grows, and it comes back by itself', () => {
    const { detector, records } = detectorOf(3);
    const [bad] = records;
    fail(detector, bad!, 4);
    expect(out(records)).toEqual([]);
    fail(detector, bad!, 1);
    expect(bad!.ejection).toEqual({ reason: 'failures', why: '5 failures in a row: GW_TIMEOUT', until: 30_000 });
    fail(detector, bad!, 3);
    expect(ejected).toHaveLength(1);
    detector.sweep(29_999);
    expect(out(records)).toEqual([0]);
    detector.sweep(30_000);
    expect(out(records)).toEqual([]);
    expect(returned).toHaveLength(1);
    fail(detector, bad!, 4, 30_500);
    expect(out(records)).toEqual([]);
    fail(detector, bad!, 1, 30_500);
    expect(bad!.ejection!.until).toBe(30_500 + 60_000);
  });

  test('are broken by a success', () => {
    const { detector, records } = detectorOf(2);
    for (let i = 0; i < 20; i++) {
      fail(detector, records[0]!, 4);
      detector.succeeded(records[0]!, 1);
    }
    expect(ejected).toEqual([]);
  });

  test('are forgiven: each quiet interval counts one ejection less', () => {
    const { detector, records } = detectorOf(2);
    const [bad] = records;
    const times = (): number => bad!.timesEjected;
    fail(detector, bad!, 5);
    detector.sweep(30_000);
    expect(times()).toBe(0);
    fail(detector, bad!, 5, 30_000);
    expect(bad!.ejection!.until).toBe(60_000);
    detector.sweep(45_000);
    expect(times()).toBe(1);
  });

  test('keep it out for at most so long, with jitter on top', () => {
    const { detector, records } = detectorOf(2, { maxEjectionMs: 40_000, intervalMs: 1e9 }, () => 0.5);
    fail(detector, records[0]!, 5);
    expect(records[0]!.ejection!.until).toBe(31_500);
    detector.sweep(31_500);
    fail(detector, records[0]!, 5, 31_500);
    expect(records[0]!.ejection!.until).toBe(31_500 + 42_000);
  });
});

describe('the cap', () => {
  test('is a tenth, but one of two; a single one is never taken out', () => {
    for (const [count, most] of [
      [1, 0],
      [2, 1],
      [3, 1],
      [10, 1],
      [25, 2],
      [40, 4],
    ] as const) {
      const { detector, records } = detectorOf(count);
      for (const record of records) fail(detector, record, 5);
      expect(out(records)).toHaveLength(most);
    }
  });

  test('leaves one however high it is', () => {
    const { detector, records } = detectorOf(3, { maxEjectedPercent: 100 });
    for (const record of records) fail(detector, record, 5);
    expect(out(records)).toHaveLength(2);
  });

  test('holds whatever happens', () => {
    const event = fc.record({ who: fc.nat(30), kind: fc.constantFrom('ok', 'failed', 'sweep'), ms: fc.nat(20_000) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.array(event, { maxLength: 300 }), (count, events) => {
        const { detector, records } = detectorOf(count, { consecutiveFailures: 2, minimumCalls: 2 }, seededRandom());
        let now = 0;
        for (const { who, kind, ms } of events) {
          const record = records[who % count]!;
          if (kind === 'ok') detector.succeeded(record, ms);
          else if (kind === 'failed') detector.failed(record, 'x', now);
          else detector.sweep((now += ms));
          expect(out(records).length).toBeLessThanOrEqual(Math.min(Math.max(1, Math.floor(count / 10)), count - 1));
        }
        detector.sweep(now + 400_000);
        expect(out(records)).toEqual([]);
      }),
    );
  });

  test('does not concern those that are gone, and they take nobody’s place', () => {
    const { detector, records } = detectorOf(3);
    fail(detector, records[0]!, 5);
    detector.replace(records.slice(1));
    fail(detector, records[0]!, 5);
    fail(detector, records[1]!, 5);
    expect(out(records)).toEqual([0, 1]);
    expect(ejected).toHaveLength(2);
  });
});

describe('refused connections', () => {
  test('take out any number, until they can be reached', () => {
    const { detector, records } = detectorOf(4);
    for (const record of records) for (let i = 0; i < 3; i++) detector.refused(record, 'ECONNREFUSED');
    expect(out(records)).toEqual([0, 1, 2, 3]);
    expect(ejected).toHaveLength(4);
    detector.sweep(1e9);
    expect(out(records)).toHaveLength(4);
    detector.reached(records[1]!);
    detector.succeeded(records[2]!, 1);
    expect(out(records)).toEqual([0, 3]);
    expect(returned.map(([record, { reason }]) => [record, reason])).toEqual([
      [records[1], 'refused'],
      [records[2], 'refused'],
    ]);
  });

  test('count in a row only', () => {
    const { detector, records } = detectorOf(2);
    for (let i = 0; i < 5; i++) {
      detector.refused(records[0]!, 'x');
      detector.reached(records[0]!);
      detector.refused(records[0]!, 'x');
      detector.failed(records[0]!, 'x', 0);
      detector.succeeded(records[0]!, 1);
    }
    expect(ejected).toEqual([]);
  });

  test('say more than a judgement', () => {
    const { detector, records } = detectorOf(2);
    fail(detector, records[0]!, 5);
    detector.refused(records[0]!, 'x');
    detector.refused(records[0]!, 'x');
    expect(records[0]!.ejection!.reason).toBe('refused');
    detector.succeeded(records[1]!, 1);
    detector.reached(records[0]!);
    expect(out(records)).toEqual([]);
  });
});

describe('in comparison with its peers', () => {
  const serve = (detector: OutlierDetector<CallRecord>, record: CallRecord, calls: number, share: number, ms = 10) => {
    for (let i = 0; i < calls; i++) {
      // Failures spread evenly, so that they never come in a row.
      if (Math.floor(i * share) === Math.floor((i + 1) * share)) detector.failed(record, 'x', 0);
      else detector.succeeded(record, ms);
    }
  };

  test('an instance that fails more often is out', () => {
    const { detector, records } = detectorOf(3);
    records.forEach((record, index) => serve(detector, record, 100, index === 1 ? 0.7 : 0.99));
    detector.sweep(9_999);
    expect(out(records)).toEqual([]);
    detector.sweep(10_000);
    expect(out(records)).toEqual([1]);
    expect(records[1]!.ejection).toMatchObject({
      reason: 'success-rate',
      why: "70 % of its calls succeed, 99 % of its peers'",
    });
    expect(records[0]!.calls).toBe(0);
  });

  test('one that fails as often as the others, or was hardly called, or has too few peers, stays', () => {
    for (const [shares, calls] of [
      [[0.7, 0.7, 0.7, 0.7], 100],
      [[0.97, 1, 1, 1], 100],
      [[0.5, 1, 1, 1], 40],
      [[0.5, 1], 100],
      [[0.6, 0.9, 0.7, 0.5], 100],
    ] as const) {
      const { detector, records } = detectorOf(shares.length);
      shares.forEach((share, index) => serve(detector, records[index]!, calls, share));
      detector.sweep(10_000);
      expect(out(records)).toEqual([]);
    }
  });

  test('one that is much slower is out', () => {
    const { detector, records } = detectorOf(4);
    records.forEach((record, index) => serve(detector, record, 100, 1, index === 2 ? 100 : 2));
    detector.sweep(10_000);
    expect(records[2]!.ejection).toMatchObject({ reason: 'latency', why: 'takes 102 ms, its peers 1.9 ms' });
    expect(out(records)).toEqual([2]);
  });

  test('one that is not that much slower, or by little in absolute terms, stays', () => {
    for (const [slow, usual] of [
      [25, 10],
      [15, 1],
      [10, 10],
    ] as const) {
      const { detector, records } = detectorOf(4);
      records.forEach((record, index) => serve(detector, record, 100, 1, index === 0 ? slow : usual));
      detector.sweep(10_000);
      expect(out(records)).toEqual([]);
    }
    const { detector, records } = detectorOf(2);
    records.forEach((record, index) => serve(detector, record, 100, 1, index === 0 ? 900 : 10));
    detector.sweep(10_000);
    expect(out(records)).toEqual([]);
  });

  test('the worst goes first when there is room for one', () => {
    const { detector, records } = detectorOf(6);
    const rates = [1, 0.7, 1, 0.3, 1, 1];
    records.forEach((record, index) => serve(detector, record, 200, rates[index]!));
    detector.sweep(10_000);
    expect(out(records)).toEqual([3]);
  });

  test('alike instances are never taken out, however they vary by chance', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 3, max: 12 }), (seed, count) => {
        const random = seededRandom(seed);
        const { detector, records } = detectorOf(count, { consecutiveFailures: 1_000 });
        for (const record of records)
          for (let i = 0; i < 400; i++)
            if (random() < 0.01) detector.failed(record, 'x', 0);
            else detector.succeeded(record, 5 + 20 * random());
        detector.sweep(10_000);
        expect(out(records)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

test('the median of a histogram is right to within a fifth', () => {
  expect(new LatencyHistogram().median()).toBe(0);
  const latencies = fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(latencies, (given) => {
      const histogram = new LatencyHistogram();
      for (const ms of given) histogram.record(ms);
      const exact = given.toSorted((a, b) => a - b)[Math.ceil(given.length / 2) - 1]!;
      const bounded = Math.min(Math.max(exact, 0.1), 90_000);
      expect(histogram.median() / bounded).toBeGreaterThan(0.8);
      expect(histogram.median() / bounded).toBeLessThan(1.2);
      histogram.clear();
      expect(histogram.count).toBe(0);
    }),
  );
});
