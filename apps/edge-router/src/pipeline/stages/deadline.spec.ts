import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { contextOf, httpRoute, run } from '../../pipeline.fixture';
import { deadline } from './deadline';

test("gives what is below the route's time", async () => {
  const clock = fakeClock();
  const context = contextOf();
  await run(deadline(httpRoute({ timeoutMs: 500 })), context);
  clock.advance(200);
  expect(context.remainingMs(clock)).toBe(300);
  clock.advance(400);
  expect(context.remainingMs(clock)).toBe(1);
});

test('gives a tunnel all the time it wants, and costs nothing where there is none', async () => {
  const context = contextOf({ upgrade: 'websocket' });
  await run(deadline(httpRoute({ timeoutMs: 500 })), context);
  expect(context.remainingMs(fakeClock())).toBe(Infinity);
  expect(deadline(httpRoute({ timeoutMs: Infinity }))).toBeNull();
});
