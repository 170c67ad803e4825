import { beforeEach, describe, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { CheckScheduler, TICK_MS } from './check-scheduler';

let clock: FakeClock;
let random: number;
let began: string[];
/** Ends the runs of a key that are under way. */
let ends: Map<string, () => void>;

beforeEach(() => {
  clock = fakeClock();
  random = 0.5;
  began = [];
  ends = new Map();
});

function scheduler(maxRunning = 10): CheckScheduler {
  const made = new CheckScheduler(clock, () => random, maxRunning);
  made.start();
  return made;
}

const task = (name: string, intervalMs = 1_000) => ({
  intervalMs,
  run: () => {
    began.push(`${name} at ${clock.monotonic()}`);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  },
});
const end = async (name: string): Promise<void> => {
  ends.get(name)!();
  await Promise.resolve();
};

test('a check begins within its first interval and comes again after each', async () => {
  scheduler().set('a', task('a'));
  clock.advance(500);
  expect(began).toEqual(['a at 500']);
  await end('a');
  clock.advance(1_000);
  expect(began).toEqual(['a at 500', 'a at 1500']);
});

test('a check may be wanted sooner', () => {
  scheduler().set('a', task('a', 10_000), 1_000);
  clock.advance(1_000);
  expect(began).toEqual(['a at 500']);
});

test('intervals vary by a tenth', async () => {
  scheduler().set('a', task('a', 10_000));
  clock.advance(5_000);
  await end('a');
  random = 0;
  clock.advance(10_000);
  await end('a');
  random = 0.999;
  clock.advance(9_000);
  await end('a');
  clock.advance(11_000);
  expect(began).toEqual(['a at 5000', 'a at 15000', 'a at 24000', 'a at 35000']);
});

test('one that takes longer than its interval is not begun twice, and comes again as soon as it is over', async () => {
  scheduler().set('a', task('a'));
  clock.advance(5_000);
  expect(began).toHaveLength(1);
  await end('a');
  clock.advance(TICK_MS);
  expect(began).toEqual(['a at 500', 'a at 5100']);
});

describe('more than may run', () => {
  test('wait, and those that waited longest go first', async () => {
    const busy = scheduler(2);
    for (const name of ['a', 'b', 'c', 'd']) {
      random = { a: 0.4, b: 0.3, c: 0.2, d: 0.1 }[name]!;
      busy.set(name, task(name, 1_000));
    }
    random = 0.5;
    clock.advance(1_000);
    expect(began).toEqual(['d at 100', 'c at 200']);
    await end('c');
    clock.advance(TICK_MS);
    await end('b');
    clock.advance(TICK_MS);
    expect(began.slice(2)).toEqual(['b at 1100', 'a at 1200']);
  });

  test('share what there is', async () => {
    const busy = scheduler(1);
    for (const name of ['a', 'b', 'c']) busy.set(name, task(name, 100));
    for (let n = 0; n < 30; n++) {
      clock.advance(TICK_MS);
      await end(began.at(-1)!.charAt(0));
    }
    const runs = ['a', 'b', 'c'].map((name) => began.filter((each) => each.startsWith(name)).length);
    expect(Math.max(...runs) - Math.min(...runs)).toBeLessThanOrEqual(1);
  });
});

test('what is removed comes no more, and what is replaced is done as the new one says', async () => {
  const some = scheduler();
  some.set('a', task('old'));
  some.set('b', task('b'));
  expect(some.size).toBe(2);
  some.set('a', task('new'));
  some.remove('b');
  clock.advance(1_000);
  expect(began).toEqual(['new at 500']);
});

test('there is one timer, whatever there is to do, and none after the end', async () => {
  const some = scheduler();
  for (let n = 0; n < 100; n++) some.set(String(n), task(String(n)));
  expect(clock.pending).toBe(1);
  some.stop();
  expect(clock.pending).toBe(0);
  clock.advance(5_000);
  expect(began).toEqual([]);
  new CheckScheduler(clock, () => random, 1).stop();
});
