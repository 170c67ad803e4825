import { expect, test } from '@jest/globals';
import { reconnectDelay } from './backoff';

test('pauses double up to half a second', () => {
  const pauses = Array.from({ length: 8 }, (_, i) => reconnectDelay(i + 1, 1));
  expect(pauses).toEqual([25, 50, 100, 200, 400, 500, 500, 500]);
  expect(reconnectDelay(5000, 1)).toBe(500);
});

test('chance takes at most a quarter off', () => {
  expect(reconnectDelay(6, 0)).toBe(375);
  for (let i = 0; i < 100; i++) {
    expect(reconnectDelay(6)).toBeGreaterThanOrEqual(375);
    expect(reconnectDelay(6)).toBeLessThanOrEqual(500);
  }
});
