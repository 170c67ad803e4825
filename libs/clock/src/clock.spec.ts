import { expect, test } from '@jest/globals';
import { systemClock } from './index';

test('now is the wall clock', () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
});

test('monotonic never goes back, and a sleep takes its time', async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(20);
  // Node's timers may fire up to a millisecond early.
  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19);
});

test('after fires once, every fires until it is cancelled', async () => {
  let once = 0;
  systemClock.after(1, () => (once += 1));
  await new Promise<void>((resolve) => {
    let times = 0;
    const timer = systemClock.every(2, () => {
      times += 1;
      if (times < 3) return;
      timer.cancel();
      resolve();
    });
  });
  expect(once).toBe(1);
});

test('after Infinity is never, not at once', async () => {
  let fired = 0;
  const timers = [Infinity, 2 ** 31].map((ms) => systemClock.after(ms, () => fired++));
  await systemClock.sleep(10);
  expect(fired).toBe(0);
  timers.forEach((timer) => timer.cancel());
});

test('what was taken back does not fire', async () => {
  let fired = false;
  const timer = systemClock.after(1, () => (fired = true));
  timer.cancel();
  timer.cancel();
  await systemClock.sleep(10);
  expect(fired).toBe(false);
});
