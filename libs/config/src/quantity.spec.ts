import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, formatSize, parseDuration, parseSize } from './quantity';

describe('durations', () => {
  test.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0s', 0],
    ['0.1s', 100],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each([
    '',
    '10',
    's',
    '10 s',
    '10S',
    '-1s',
    '1e3s',
    '.5s',
    '1.s',
    '0.5ms',
    '1s1m',
    '10sec',
    '9999999999999d',
    '1toString',
  ])('"%s" is none', (text) => expect(parseDuration(text)).toBeNull());

  test('are read back as they were written', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 40 }), (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
  });

  test('are never half understood', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const ms = parseDuration(text);
        if (ms !== null) expect([text, Number.isSafeInteger(ms) && ms >= 0]).toEqual([text, true]);
      }),
    );
  });

  test('are written shortly', () => {
    expect([0, 250, 1_000, 90_000, 3_600_000].map(formatDuration)).toEqual(['0ms', '250ms', '1s', '90s', '1h']);
  });
});

describe('sizes', () => {
  test.each([
    ['512B', 512],
    ['64KiB', 65_536],
    ['1.5MiB', 1_572_864],
    ['1GiB', 1_073_741_824],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['64', '64KB', '64kib', '0.3B', '64K', ''])('"%s" is none', (text) => expect(parseSize(text)).toBeNull());

  test('are read back as they were written', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 40 }), (bytes) => expect(parseSize(formatSize(bytes))).toBe(bytes)));
  });

  test('grow with their number', () => {
    const unit = fc.constantFrom('B', 'KiB', 'MiB', 'GiB');
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), unit, (n, name) =>
        expect(parseSize(`${n + 1}${name}`)).toBeGreaterThan(parseSize(`${n}${name}`)!),
      ),
    );
  });
});
