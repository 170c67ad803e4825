import { fakeClock } from '@gateway/testing';
import { expect, test } from '@jest/globals';
import { Simulations } from './simulations';

test('progress is told when there is some, and ends with the last step', async () => {
  const clock = fakeClock();
  const simulations = new Simulations(clock, 10);
  const progress = simulations.progress(simulations.create('p1', 'orbit', 3));
  expect(await progress.next()).toEqual({ done: false, value: 0 });
  const next = progress.next();
  clock.advance(10);
  expect(await next).toEqual({ done: false, value: 1 });
  clock.advance(100);
  // Whoever comes late sees where it is.
  expect(await progress.next()).toEqual({ done: false, value: 3 });
  expect(await progress.next()).toEqual({ done: true, value: undefined });
});

test('who stops watching leaves nothing behind', async () => {
  const clock = fakeClock();
  const simulations = new Simulations(clock, 10);
  const progress = simulations.progress(simulations.create('p1', 'orbit', 3));
  await progress.next();
  const waiting = progress.next();
  const left = progress.return();
  clock.advance(10);
  await waiting;
  expect(await left).toEqual({ done: true, value: undefined });
  expect(clock.pending).toBe(0);
});
