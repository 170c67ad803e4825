import { describe, expect, test } from '@jest/globals';
import { Ledger, type LedgerEntry } from './ledger';
import type { PolicyName } from './policy';
import { ServiceScaler } from './service-scaler';

const STEP = 5_000;
const HOUR = 720;
/** Calls a second: ten, and a thousand for a minute of every hour. */
const hourly = (step: number): number => (step % HOUR < 12 ? 1_000 : 10);

/** Plays a rate, with calls of 100 ms. */
function play(scaler: ServiceScaler, from: number, to: number, rate: (step: number) => number): number[] {
  const targets: number[] = [];
  for (let step = from; step < to; step++) {
    const calls = rate(step) * 5;
    const concurrency = rate(step) * 0.1;
    const [target] = scaler.decide({
      ...{ fromMs: step * STEP, toMs: (step + 1) * STEP, at: 1_000_000 + (step + 1) * STEP },
      ...{ calls, busyMs: calls * 100, connections: 3, handshakesInPath: 2 },
      endpoints: [{ key: 'a', concurrency, inFlight: 0, streamsPerConnection: 1, min: 1, max: 256 }],
    });
    targets.push(target!);
  }
  return targets;
}

const scalerOf = (policy: PolicyName): ServiceScaler => new ServiceScaler({ policy });

describe('before a load that comes every hour', () => {
  const upTo = 6 * HOUR;

  test('predictive has the connections that reactive has not', () => {
    const predictive = scalerOf('predictive');
    const before = play(predictive, 0, upTo, hourly).slice(-6);
    for (const target of before) expect(target).toBeGreaterThan(100);
    const [entry] = predictive.ledger.tail(1);
    expect(entry).toMatchObject({ policy: 'predictive', realised: 10, connections: 3, handshakesInPath: 2 });
    expect(entry!.at).toBe(1_000_000 + upTo * STEP);
    expect(entry!.targets).toMatchObject({ static: 8, predictive: before.at(-1) });
    expect(entry!.targets.reactive).toBeLessThan(10);
    expect(entry!.upper).toBeGreaterThanOrEqual(entry!.forecast!);
    expect(entry!.model).toBe('season 3600 s');
    expect(entry!.error).toBeLessThan(0.5);
    expect(play(scalerOf('reactive'), 0, upTo, hourly).at(-1)).toBe(entry!.targets.reactive);
  });

  test('the ledger says what was forecast for the burst, and what came', () => {
    const scaler = scalerOf('predictive');
    play(scaler, 0, upTo + 6, hourly);
    const [entry] = scaler.ledger.tail(1);
    expect(entry!.realised).toBe(1_000);
    expect(Math.abs(entry!.forecastForNow! - 1_000)).toBeLessThan(300);
  });

  test('static holds what it was told', () => {
    expect(new Set(play(scalerOf('static'), 0, 100, hourly))).toEqual(new Set([8]));
  });
});

test('while it learns, and after its forecasts failed, it is reactive; then predictive again', () => {
  const scaler = scalerOf('predictive');
  const inForce = (): (string | number | null)[] => scaler.ledger.tail(1).map(({ policy }) => policy);
  const steady = (): number => 100;
  play(scaler, 0, 100, steady);
  expect(inForce()).toEqual(['reactive']);
  play(scaler, 100, 400, steady);
  expect(inForce()).toEqual(['predictive']);
  // It jumps and stays, never for equally long: "it goes on as it is" is the best that can be said.
  let [left, level, turn] = [0, 0, 0];
  const jumpy = (): number => {
    if (left-- === 0) [left, level] = [200 + ((turn * 7) % 11) * 20, 100 * (1 + ((++turn * 5) % 13))];
    return level;
  };
  const errors: boolean[] = [];
  for (let step = 400; step < 4_000; step += 10) {
    play(scaler, step, step + 10, jumpy);
    errors.push(inForce()[0] === 'reactive');
  }
  expect(errors).toContain(true);
  play(scaler, 4_000, 4_000 + 6 * HOUR, (step) => 100 + 50 * Math.sin((2 * Math.PI * step) / HOUR));
  expect(inForce()).toEqual(['predictive']);
});

test('an interval of nothing changes nothing', () => {
  const scaler = scalerOf('predictive');
  const sample = { fromMs: 5, toMs: 5, at: 0, calls: 0, busyMs: 0, connections: 0, handshakesInPath: 0, endpoints: [] };
  expect(scaler.decide(sample)).toEqual([]);
  expect(scaler.ledger.tail()).toEqual([
    expect.objectContaining({ realised: 0, forecast: null, upper: null, model: null, error: null, policy: 'reactive' }),
  ]);
});

test('a ledger keeps the last entries, oldest first', () => {
  const ledger = new Ledger(3);
  for (let at = 0; at < 5; at++) ledger.add({ at } as LedgerEntry);
  expect(ledger.tail().map(({ at }) => at)).toEqual([2, 3, 4]);
  expect(ledger.tail(2).map(({ at }) => at)).toEqual([3, 4]);
  expect(new Ledger(3).tail()).toEqual([]);
});
