import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concurrencyOf, connectionsFor } from './sizing';

const WIDE = { min: 0, max: 10_000 };

describe("Little's law", () => {
  test('a thousand calls a second of 100 ms are a hundred at a time', () => {
    expect(concurrencyOf(1_000, 100)).toBe(100);
  });

  test.each([
    // concurrency, streams, connections
    [100, 1, 143], // 100 / 0.7
    [100, 100, 2], // 143 streams
    [49, 1, 70], // where both rules agree: 49 / 0.7 = 49 + 3 × 7
    [4, 1, 10], // 4 + 3 × 2: few calls vary more
    [0, 1, 0],
    [0.01, 100, 1],
  ])('%d at a time over %d streams take %d connections', (concurrency, streamsPerConnection, connections) => {
    expect(connectionsFor({ concurrency, streamsPerConnection }, WIDE)).toBe(connections);
  });

  test('a fuller target takes fewer', () => {
    expect(connectionsFor({ concurrency: 1_000, streamsPerConnection: 1 }, WIDE, 0.5)).toBe(2_000);
  });

  test('bounds hold, for any demand', () => {
    const demand = fc.record({ concurrency: fc.double(), streamsPerConnection: fc.double() });
    fc.assert(
      fc.property(demand, fc.nat(10), fc.nat(100), (each, min, more) => {
        const connections = connectionsFor(each, { min, max: min + more });
        expect(connections).toBeGreaterThanOrEqual(min);
        expect(connections).toBeLessThanOrEqual(min + more);
      }),
    );
  });
});
