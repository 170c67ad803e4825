import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MIN_RETRIES, RetryBudget } from './index';

const take = (budget: RetryBudget, percent: number, wanted = 100): number =>
  Array.from({ length: wanted }, () => budget.tryRetry(percent)).filter(Boolean).length;

test('a few retries may always run', () => {
  const budget = new RetryBudget();
  expect(take(budget, 20)).toBe(MIN_RETRIES);
  expect(budget.tryRetry(20)).toBe(false);
  budget.retryEnded();
  expect(budget.tryRetry(20)).toBe(true);
});

test('of many requests a share may be retried', () => {
  const budget = new RetryBudget();
  for (let i = 0; i < 100; i++) budget.started();
  expect(take(budget, 20)).toBe(20);
  expect(budget.stats()).toEqual({ running: 100, retrying: 20 });
  expect(take(budget, 25)).toBe(5);
});

test('it is idle when nothing runs', () => {
  const budget = new RetryBudget();
  expect(budget.idle).toBe(true);
  budget.started();
  budget.tryRetry(20);
  budget.ended();
  expect(budget.idle).toBe(false);
  budget.retryEnded();
  expect(budget.idle).toBe(true);
});

test('whatever happens, retries stay within the share or the minimum when they are let in', () => {
  const event = fc.constantFrom('start', 'end', 'retry', 'done');
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), fc.integer({ min: 0, max: 100 }), (events, percent) => {
      const budget = new RetryBudget();
      for (const each of events) {
        const { running, retrying } = budget.stats();
        if (each === 'start') budget.started();
        else if (each === 'end' && running > 0) budget.ended();
        else if (each === 'done' && retrying > 0) budget.retryEnded();
        else if (each === 'retry' && budget.tryRetry(percent))
          expect(retrying).toBeLessThan(Math.max(MIN_RETRIES, (running * percent) / 100));
      }
    }),
  );
});
