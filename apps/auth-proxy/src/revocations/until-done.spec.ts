import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { untilDone } from './until-done';

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('tries every second until it works', async () => {
  const clock = fakeClock();
  let tries = 0;
  const retried = untilDone(clock, async () => {
    if (++tries < 3) throw new Error('not yet');
  });
  await retried.tried;
  expect(tries).toBe(1);
  for (let second = 0; second < 5; second++) {
    clock.advance(1_000);
    await settle();
  }
  expect(tries).toBe(3);
});

test('once cancelled it tries no more', async () => {
  const clock = fakeClock();
  let tries = 0;
  const retried = untilDone(clock, async () => {
    tries += 1;
    throw new Error('never');
  });
  await retried.tried;
  retried.cancel();
  clock.advance(5_000);
  await settle();
  expect([tries, clock.pending]).toEqual([1, 0]);
});
