import { beforeEach, describe, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { FREEZE_MS, SelfPreservation, WINDOW_MS } from './self-preservation';

let clock: FakeClock;
let told: (string | null)[];
let preservation: SelfPreservation;

beforeEach(() => {
  clock = fakeClock();
  told = [];
  preservation = new SelfPreservation(clock, (freeze) => told.push(freeze?.why ?? null));
});

describe('it begins', () => {
  test.each([
    [1, 5, false],
    [2, 5, false],
    [3, 5, true],
    [3, 20, false],
    [3, 19, true],
    [15, 100, false],
    [16, 100, true],
  ])('%i of %i at once: %s', (fresh, held, frozen) => {
    preservation.observe(fresh, fresh, held);
    expect(preservation.frozen).toBe(frozen);
    if (frozen) expect(told).toEqual([`${fresh} of ${held} leases ran out within 10 s: none is ended`]);
  });

  test('also when they run out one after the other, with those ended already among all', () => {
    let held = 20;
    for (const _ of [1, 2, 3]) {
      preservation.observe(1, 1, held);
      held -= 1;
      clock.advance(500);
    }
    expect(preservation.frozen).toBe(false);
    preservation.observe(1, 1, held);
    expect(told).toEqual(['4 of 20 leases ran out within 10 s: none is ended']);
  });

  test('not when they run out far apart', () => {
    for (let at = 0; at < 10; at++) {
      preservation.observe(2, 2, 20);
      clock.advance(WINDOW_MS);
    }
    expect(told).toEqual([]);
  });

  test('not while nothing runs out', () => {
    preservation.observe(0, 0, 0);
    preservation.observe(0, 10, 10);
    expect(told).toEqual([]);
  });
});

describe('it ends', () => {
  beforeEach(() => preservation.observe(10, 10, 20));

  test('when most are renewed and no more run out', () => {
    clock.advance(WINDOW_MS - 1);
    preservation.observe(0, 0, 20);
    expect(preservation.frozen).toBe(true);
    clock.advance(1);
    preservation.observe(0, 3, 20);
    expect(preservation.frozen).toBe(false);
    expect(told.at(-1)).toBeNull();
  });

  test('not while too many are overdue, but after a bounded time', () => {
    clock.advance(FREEZE_MS - 1);
    preservation.observe(0, 10, 20);
    expect(preservation.frozen).toBe(true);
    clock.advance(1);
    preservation.observe(0, 10, 20);
    expect(preservation.frozen).toBe(false);
    // Those that were kept go now, and don't begin it again.
    preservation.observe(0, 10, 20);
    expect(told).toHaveLength(2);
  });

  test('later, when more run out meanwhile', () => {
    clock.advance(WINDOW_MS - 1);
    preservation.observe(1, 11, 20);
    clock.advance(2);
    preservation.observe(0, 0, 20);
    expect(preservation.frozen).toBe(true);
  });
});
