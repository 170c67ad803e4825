import { describe, expect, test } from '@jest/globals';
import { compare, table } from './compare';
import { EventQueue } from './event-queue';
import { LatencyHistogram } from './latency-histogram';
import { seededRandom } from './random';
import { type EndedCall, SimulatedPool } from './simulated-pool';
import { diurnal, flashCrowd, fromCsv, scheduled, spike } from './traces';

const POOL = { streams: 1, max: 2, roundTripMs: 1, handshakeCpuMs: 2, surplusIdleMs: 1_000 };

describe('a simulated pool', () => {
  function createPool(more: Partial<typeof POOL> = {}) {
    const ended: EndedCall[] = [];
    return { ended, pool: new SimulatedPool({ ...POOL, ...more }, (call) => ended.push(call)) };
  }

  test('makes the first call wait for a handshake, and the next for nothing', () => {
    const { pool, ended } = createPool();
    pool.call(10);
    pool.advance(100);
    pool.call(10);
    pool.advance(200);
    // Two round trips and the processor's time.
    expect(ended).toEqual([
      { arrivedAt: 0, startedAt: 4, endedAt: 14 },
      { arrivedAt: 100, startedAt: 100, endedAt: 110 },
    ]);
    expect(pool).toMatchObject({ handshakesInPath: 1, connections: 1, arrivals: 2, busyMs: 24, callsInFlight: 0 });
  });

  test('at its most makes calls wait for one another; handshakes are one after the other', () => {
    const { pool, ended } = createPool();
    for (let i = 0; i < 3; i++) pool.call(10);
    pool.advance(100);
    expect(ended.map(({ startedAt }) => startedAt)).toEqual([4, 6, 14]);
    expect(pool).toMatchObject({ handshakesInPath: 2, connections: 2 });
  });

  test('opens a target ahead, and closes what idles above it', () => {
    const { pool, ended } = createPool();
    pool.setTarget(2);
    pool.advance(50);
    for (let i = 0; i < 2; i++) pool.call(10);
    pool.advance(100);
    expect(ended.map(({ startedAt, arrivedAt }) => startedAt - arrivedAt)).toEqual([0, 0]);
    pool.setTarget(0);
    pool.advance(900);
    pool.look();
    expect(pool.connections).toBe(2);
    pool.advance(1_060);
    pool.look();
    expect(pool).toMatchObject({ connections: 0, handshakesInPath: 0 });
  });

  test('with streams carries several calls on a connection', () => {
    const { pool, ended } = createPool({ streams: 2 });
    for (let i = 0; i < 3; i++) pool.call(10);
    pool.advance(100);
    expect(ended.map(({ startedAt }) => startedAt)).toEqual([4, 4, 6]);
  });
});

test('events come in order of time', () => {
  const queue = new EventQueue<{ at: number }>();
  const random = seededRandom(1);
  const times = Array.from({ length: 500 }, () => Math.floor(random() * 100));
  for (const at of times) queue.push({ at });
  expect(times.map(() => queue.pop()!.at)).toEqual([...times].sort((a, b) => a - b));
  expect([queue.pop(), queue.nextAt]).toEqual([undefined, Infinity]);
});

test('quantiles are exact to a percent', () => {
  const histogram = new LatencyHistogram();
  expect(histogram.quantile(0.99)).toBe(0);
  for (let ms = 0; ms < 1_000; ms++) histogram.record(ms);
  expect(histogram.quantile(0.5)).toBeGreaterThanOrEqual(499);
  expect(histogram.quantile(0.5)).toBeLessThan(505);
  expect(histogram.quantile(0)).toBe(0);
});

describe('traces', () => {
  const options = { seed: 1, base: 100, hours: 4 };

  test('come out of the seed', () => {
    for (const make of [diurnal, scheduled, spike, flashCrowd]) {
      const rates = (seed: number): number[] => {
        const trace = make({ ...options, seed });
        return Array.from({ length: 240 }, (_, i) => trace.rate(i * 60_000));
      };
      const first = rates(1);
      expect(rates(1)).toEqual(first);
      expect(rates(2)).not.toEqual(first);
      expect(Math.min(...first)).toBeGreaterThan(0);
    }
  });

  test('may be recorded: points between which it is interpolated', () => {
    const trace = fromCsv('x.csv', 'seconds,rate\n100,0\n110, 10\n\n130,30\n');
    expect(trace).toMatchObject({ name: 'x.csv', lengthMs: 30_000, measureFromMs: 15_000 });
    expect([0, 5_000, 10_000, 20_000, 30_000, 1_000].map((at) => trace.rate(at))).toEqual([0, 5, 10, 20, 30, 1]);
  });

  test.each([
    ['1,2\n3,x', 'line 2'],
    ['1,2\n1,3', 'line 2'],
    ['1,2\n2,-1', 'line 2'],
    ['1,2\n2,3,4', 'line 2'],
    ['1,2\n2,', 'line 2'],
    ['heading\n1,2', 'two points'],
  ])('%j is refused, naming the %s', (text, named) => expect(() => fromCsv('x.csv', text)).toThrow(named));
});

describe('the comparison', () => {
  const trace = scheduled({ seed: 3, base: 15, hours: 4 });
  const rows = compare(trace, { seed: 3, streams: 1 });

  test('shows what forecasting is for: load that a clock brings finds connections', () => {
    const [fixed, reactive, slow, predictive] = rows;
    expect(predictive!.handshakesInPath).toBeLessThan(reactive!.handshakesInPath / 2);
    expect(predictive!.handshakesInPath).toBeLessThan(slow!.handshakesInPath);
    expect(predictive!.meanConnections).toBeLessThan(fixed!.meanConnections);
    expect(predictive!.trusted).toBeGreaterThan(0.5);
    // All of them played the same calls.
    for (const row of rows) expect(Math.abs(row.calls - fixed!.calls)).toBeLessThan(0.001 * fixed!.calls);
  });

  test('is the same each time', () => {
    const short = diurnal({ seed: 5, base: 5, hours: 1 });
    expect(compare(short, { seed: 5, streams: 100 })).toEqual(compare(short, { seed: 5, streams: 100 }));
  });

  test('is printed as a table', () => {
    expect(table(rows).split('\n')).toHaveLength(6);
    expect(table(rows)).toContain('| scheduled | predictive |');
  });
});
