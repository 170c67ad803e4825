import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { StoreLoop } from './store-loop';

function loopOf(run: () => Promise<void>): { loop: StoreLoop; clock: ReturnType<typeof fakeClock>; failed: unknown[] } {
  const clock = fakeClock();
  const failed: unknown[] = [];
  return { clock, failed, loop: new StoreLoop({ clock, retryMs: 500, run, failed: (error) => failed.push(error) }) };
}

test('what comes in one turn is one pass, and what comes during one makes another', async () => {
  let passes = 0;
  const { loop } = loopOf(async () => {
    passes += 1;
    if (passes === 1) void loop.flush();
    await Promise.resolve();
  });
  await Promise.all([loop.flush(), loop.flush()]);
  expect(passes).toBe(2);
});

test('what comes in the very last turn of a pass isn’t forgotten', async () => {
  let passes = 0;
  const { loop } = loopOf(async () => void (passes += 1));
  const first = loop.flush();
  for (let turn = 0; turn < 20; turn++) {
    const before = passes;
    await Promise.resolve();
    await loop.flush();
    expect(passes).toBeGreaterThan(before);
  }
  await first;
});

test('a pass that fails is told and tried again, until the end', async () => {
  let passes = 0;
  const { loop, clock, failed } = loopOf(async () => {
    passes += 1;
    throw new Error(`pass ${passes}`);
  });
  await loop.flush();
  clock.advance(500);
  await loop.flush();
  expect(failed).toEqual([new Error('pass 1'), new Error('pass 2')]);
  await loop.stop();
  expect([passes, clock.pending]).toEqual([3, 0]);
});
