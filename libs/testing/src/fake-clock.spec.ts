import { expect, test } from '@jest/globals';
import { fakeClock } from './index';

test('time stands still until it is moved', () => {
  const clock = fakeClock({ now: 1_000 });
  clock.advance(5);
  expect([clock.now(), clock.monotonic()]).toEqual([1_005, 5]);
});

test('timers fire in order, each at its own time, also those made on the way', () => {
  const clock = fakeClock();
  const fired: [string, number][] = [];
  clock.after(20, () => fired.push(['b', clock.monotonic()]));
  clock.after(10, () => {
    fired.push(['a', clock.monotonic()]);
    clock.after(5, () => fired.push(['made on the way', clock.monotonic()]));
  });
  clock.advance(30);
  expect(fired).toEqual([
    ['a', 10],
    ['made on the way', 15],
    ['b', 20],
  ]);
  expect(clock.pending).toBe(0);
});

test('an interval fires each time until it is cancelled', () => {
  const clock = fakeClock();
  let count = 0;
  const timer = clock.every(10, () => (count += 1));
  clock.advance(35);
  timer.cancel();
  clock.advance(100);
  expect(count).toBe(3);
});

test('a sleeper wakes when its time has come', async () => {
  const clock = fakeClock();
  const sleeping = clock.sleep(10).then(() => 'awake');
  clock.advance(10);
  expect(await sleeping).toBe('awake');
});

test('setting the wall clock moves neither durations nor timers', () => {
  const clock = fakeClock();
  let fired = false;
  clock.after(10, () => (fired = true));
  clock.setNow(0);
  expect([clock.now(), clock.monotonic(), fired]).toEqual([0, 0, false]);
});
