import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { sendAway } from './farewell';
import type { Session } from './session';

const SESSIONS = Array.from({ length: 100 }, (_, index) => ({ index }) as unknown as Session);

/** Moves the clock in steps, letting promises run between them. */
async function run(count: number, stays: boolean) {
  const clock = fakeClock();
  const left = new Set(SESSIONS.slice(0, count));
  const waves: number[] = [];
  const order: Session[] = [];
  let finished = false;
  const away = sendAway({
    clock,
    sessions: {
      all: () => [...left],
      get size() {
        return left.size;
      },
    },
    periodMs: 1_000,
    random: () => 0.5,
    disconnect(session, code) {
      expect(code).toBe('draining');
      const wave = clock.monotonic() / 100;
      waves[wave] = (waves[wave] ?? 0) + 1;
      order.push(session);
      if (!stays) left.delete(session);
    },
  }).then(() => (finished = true));
  while (!finished && clock.monotonic() < 60_000) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!finished) clock.advance(10);
  }
  await away;
  return { waves, order, elapsed: clock.monotonic() };
}

test('sockets go in equal waves over the period, each once, in another order', async () => {
  const { waves, order, elapsed } = await run(100, false);
  expect(waves).toEqual(Array.from({ length: 10 }, () => 10));
  expect(new Set(order)).toEqual(new Set(SESSIONS));
  expect(order).not.toEqual(SESSIONS);
  expect(elapsed).toBeLessThanOrEqual(1_000);
});

test('without sockets it is over at once', async () => {
  expect((await run(0, false)).elapsed).toBe(0);
});

test('those that don’t go are waited for a second', async () => {
  const { elapsed } = await run(3, true);
  expect(elapsed).toBeGreaterThanOrEqual(1_000);
  expect(elapsed).toBeLessThan(2_000);
});
