import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@gateway/testing';
import { LoadMeter } from './index';

let meter: LoadMeter;
afterEach(() => meter.close());

const blockFor = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('an event loop that is blocked shows', async () => {
  meter = new LoadMeter({ memoryLimitBytes: null, inFlight: () => 3 });
  // Asked at once, nothing has been measured.
  expect(meter.sample()).toMatchObject({ eventLoopDelayMs: 0, inFlight: 3 });
  // Once it runs, a block is in the average, also when it is asked after each block.
  await eventually(async () => {
    blockFor(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
    return meter.sample().eventLoopDelayMs > 30;
  });
  await eventually(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return meter.sample().eventLoopDelayMs < 30;
  });
});

test('memory is measured against the nearer of its limits', () => {
  meter = new LoadMeter({ memoryLimitBytes: null, inFlight: () => 0 });
  const heap = meter.sample().memory;
  expect(heap).toBeGreaterThan(0);
  expect(heap).toBeLessThan(1);
  meter.close();
  meter = new LoadMeter({ memoryLimitBytes: process.memoryUsage.rss() / 2, inFlight: () => 0 });
  expect(meter.sample().memory).toBeGreaterThan(1);
});
