import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { type Answer, type Ask, askAll, type Asked, AT_ONCE, BUDGET_MS, CALL_MS } from './ask';

const asked = (key: string): Asked => ({ key, address: 'a:1', grpcAddress: null, expect: '' });
const many = (count: number): Asked[] => Array.from({ length: count }, (_, i) => asked(`i${i}`));
const REACHED: Answer = { kind: 'reached' };

test('everyone is asked, so many at once', async () => {
  let [running, most] = [0, 0];
  const ask: Ask = async () => {
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return REACHED;
  };
  const answers = await askAll(many(200), ask, fakeClock());
  expect(answers.size).toBe(200);
  expect(most).toBe(AT_ONCE);
  expect(await askAll([], ask, fakeClock())).toEqual(new Map());
});

test('slow ones hold up nobody who can still be asked', async () => {
  const clock = fakeClock();
  const ask: Ask = ({ key }, timeoutMs) =>
    key.startsWith('slow')
      ? new Promise((resolve) => clock.after(timeoutMs, () => resolve({ kind: 'silent', ms: timeoutMs })))
      : Promise.resolve(REACHED);
  const slow = Array.from({ length: AT_ONCE - 1 }, (_, i) => asked(`slow${i}`));
  const answers = askAll([...slow, ...many(100)], ask, clock);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(CALL_MS);
  const kinds = [...(await answers).values()].map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'reached')).toHaveLength(100);
  expect(kinds.filter((kind) => kind === 'silent')).toHaveLength(AT_ONCE - 1);
});

test('when the time for all is over, the rest is not asked, and the last has what is left', async () => {
  const clock = fakeClock();
  const timeouts: number[] = [];
  const ask: Ask = (_asked, timeoutMs) => {
    timeouts.push(timeoutMs);
    return new Promise((resolve) => clock.after(timeoutMs - 100, () => resolve({ kind: 'silent', ms: timeoutMs })));
  };
  const answers = askAll(many(AT_ONCE * 6), ask, clock);
  for (let passed = 0; passed <= BUDGET_MS; passed += 100) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  }
  const kinds = [...(await answers).values()].map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'unasked').length).toBeGreaterThan(0);
  expect(Math.max(...timeouts)).toBe(CALL_MS);
  expect(Math.min(...timeouts)).toBeLessThan(CALL_MS);
});
