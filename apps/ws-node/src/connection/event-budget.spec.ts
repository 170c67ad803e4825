import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { EventBudget } from './event-budget';

test('a burst at once, then the rate', () => {
  const clock = fakeClock();
  const budget = new EventBudget({ rate: 2, burst: 3 }, clock);
  const taken = () => Array.from({ length: 5 }, () => budget.take());
  expect(taken()).toEqual([true, true, true, false, false]);
  clock.advance(1_000);
  expect(taken()).toEqual([true, true, false, false, false]);
  clock.advance(3_600_000);
  expect(taken()).toEqual([true, true, true, false, false]);
});

test('whoever goes on for ten bursts after being told floods; a pause is forgiven', () => {
  const clock = fakeClock();
  const budget = new EventBudget({ rate: 1, burst: 2 }, clock);
  for (let count = 0; count < 2 + 20; count++) budget.take();
  expect(budget.flooded).toBe(false);
  budget.take();
  expect(budget.flooded).toBe(true);
  clock.advance(1_000);
  expect(budget.take()).toBe(true);
  expect(budget.flooded).toBe(false);
});
