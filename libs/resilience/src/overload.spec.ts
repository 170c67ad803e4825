import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LoadSample, Overload, type ShedPriority } from './index';

const limits = { maxEventLoopDelayMs: 100, maxInFlight: 1_000 };
const calm: LoadSample = { eventLoopDelayMs: 0, memory: 0.1, inFlight: 10 };
const shed = (overload: Overload): ShedPriority[] =>
  (['sheddable', 'normal', 'critical'] as const).filter((priority) => overload.sheds(priority));

const after = (...samples: Partial<LoadSample>[]): Overload => {
  const overload = new Overload(limits);
  for (const sample of samples) overload.take({ ...calm, ...sample });
  return overload;
};

test('nothing is refused while all is well', () => {
  expect([after({}).level, shed(after({}))]).toEqual([0, []]);
});

describe('what counts is the worst of', () => {
  test.each<[string, Partial<LoadSample>[]]>([
    ['memory', [{ memory: 0.96 }]],
    ['requests in flight', [{ inFlight: 960 }]],
    ['the delay of the event loop', Array<Partial<LoadSample>>(8).fill({ eventLoopDelayMs: 96 })],
  ])('%s', (_what, samples) => {
    expect(shed(after(...samples))).toEqual(['sheddable', 'normal']);
  });
});

test('what is cheapest goes first, what is critical last', () => {
  expect(shed(after({ memory: 0.84 }))).toEqual([]);
  expect(shed(after({ memory: 0.86 }))).toEqual(['sheddable']);
  expect(shed(after({ memory: 0.96 }))).toEqual(['sheddable', 'normal']);
  expect(shed(after({ memory: 1.2 }))).toEqual(['sheddable', 'normal', 'critical']);
  expect(after({ memory: 1.2 }).level).toBe(1);
});

test('it is let in again only when the load has fallen well below', () => {
  const high = { memory: 0.96 };
  expect(shed(after(high, { memory: 0.94 }))).toEqual(['sheddable', 'normal']);
  expect(shed(after(high, { memory: 0.89 }))).toEqual(['sheddable']);
  expect(shed(after(high, { memory: 0.79 }))).toEqual([]);
});

test('one long pause of the event loop refuses nothing', () => {
  const pause = { eventLoopDelayMs: 5_000 };
  expect(shed(after({}, pause))).toEqual([]);
  expect(shed(after(pause, {}))).toEqual([]);
  expect(shed(after(pause, pause))).toEqual(['sheddable', 'normal', 'critical']);
});

test('whatever is measured, nobody is refused while somebody cheaper is let in', () => {
  const sample = fc.record({
    eventLoopDelayMs: fc.integer({ min: 0, max: 300 }),
    memory: fc.double({ min: 0, max: 2, noNaN: true }),
    inFlight: fc.integer({ min: 0, max: 2_000 }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 50 }), (samples) => {
      const overload = new Overload(limits);
      for (const each of samples) {
        overload.take(each);
        expect(overload.level).toBeGreaterThanOrEqual(0);
        expect(overload.level).toBeLessThanOrEqual(1);
        if (overload.sheds('critical')) expect(overload.sheds('normal')).toBe(true);
        if (overload.sheds('normal')) expect(overload.sheds('sheddable')).toBe(true);
      }
      for (let i = 0; i < 20; i++) overload.take(calm);
      expect(shed(overload)).toEqual([]);
    }),
  );
});
