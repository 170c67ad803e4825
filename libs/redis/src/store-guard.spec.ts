import { expect, test } from '@jest/globals';
import { systemClock } from '@gateway/clock';
import { fakeClock } from '@gateway/testing';
import { withinBudget } from './budget';
import { RedisReplyError, RedisUnavailableError } from './errors';
import { storeGuard } from './store-guard';

const never = () => new Promise<never>(() => undefined);
const gone = () => Promise.reject(new RedisUnavailableError('gone'));
const answer = () => Promise.resolve('answer');
/** Lets the promises that are due settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function guarded() {
  const clock = fakeClock();
  return { clock, guard: storeGuard({ clock, budgetMs: 20, openMs: 100 }) };
}

test('a call that answers in time is handed on, and leaves no timer', async () => {
  const { clock, guard } = guarded();
  expect(await guard.run(answer)).toBe('answer');
  expect(guard.available()).toBe(true);
  expect(clock.pending).toBe(0);
});

test('a call without an answer ends with the budget', async () => {
  const { clock, guard } = guarded();
  const failed = expect(guard.run(never)).rejects.toBeInstanceOf(RedisUnavailableError);
  clock.advance(20);
  await failed;
  expect(guard.available()).toBe(false);
});

test('after a failure calls are refused at once, then a single trial goes through', async () => {
  const { clock, guard } = guarded();
  await expect(guard.run(gone)).rejects.toThrow('gone');
  await expect(guard.run(answer)).rejects.toThrow('just failed');
  clock.advance(99);
  await expect(guard.run(answer)).rejects.toThrow('just failed');
  clock.advance(1);

  let finish = (_: string) => {};
  const trial = guard.run(() => new Promise<string>((resolve) => (finish = resolve)));
  expect(guard.available()).toBe(false);
  await expect(guard.run(answer)).rejects.toThrow('just failed');
  finish('back');
  expect(await trial).toBe('back');
  expect(await guard.run(answer)).toBe('answer');
});

test('a trial that fails starts the pause anew', async () => {
  const { clock, guard } = guarded();
  await expect(guard.run(gone)).rejects.toThrow();
  clock.advance(100);
  await expect(guard.run(gone)).rejects.toThrow('gone');
  clock.advance(99);
  expect(guard.available()).toBe(false);
  clock.advance(1);
  expect(guard.available()).toBe(true);
});

test('a reply that refuses only this call is no failure, and ends a trial well', async () => {
  const { clock, guard } = guarded();
  const wrong = () => Promise.reject(new RedisReplyError('WRONGTYPE', 'WRONGTYPE x'));
  await expect(guard.run(wrong)).rejects.toThrow('WRONGTYPE');
  expect(guard.available()).toBe(true);
  await expect(guard.run(gone)).rejects.toThrow();
  clock.advance(100);
  await expect(guard.run(wrong)).rejects.toThrow('WRONGTYPE');
  expect(guard.available()).toBe(true);
});

test('a reply that refuses writes is a failure', async () => {
  const { guard } = guarded();
  const readonly = () => Promise.reject(new RedisReplyError('READONLY', 'READONLY x'));
  await expect(guard.run(readonly)).rejects.toThrow('READONLY');
  expect(guard.available()).toBe(false);
});

test('calls that were under way when another failed do not close the guard', async () => {
  const { guard } = guarded();
  let finish = (_: string) => {};
  const early = guard.run(() => new Promise<string>((resolve) => (finish = resolve)));
  await expect(guard.run(gone)).rejects.toThrow();
  finish('late');
  await early;
  expect(guard.available()).toBe(false);
});

test('a process that was stalled itself does not blame the store', async () => {
  const guard = storeGuard({ clock: systemClock, budgetMs: 5 });
  const call = guard.run(() => new Promise((resolve) => setImmediate(() => resolve('read after the stall'))));
  for (const end = performance.now() + 30; performance.now() < end;);
  expect(await call).toBe('read after the stall');
});

test('a call that throws at once is a failure like any other', async () => {
  const clock = fakeClock();
  await expect(
    withinBudget(clock, 10, () => {
      throw new Error('at once');
    }),
  ).rejects.toThrow('at once');
  await settle();
  expect(clock.pending).toBe(0);
});
