import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHttpDate, parseRetryAfter } from './index';

const NOW = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('Retry-After', () => {
  test.each<[string, number | null]>([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['007', 7_000],
    ['Sun, 06 Nov 1994 08:49:40 GMT', 3_000],
    ['Sunday, 06-Nov-94 08:49:40 GMT', 3_000],
    ['Sun Nov  6 08:49:40 1994', 3_000],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
    ['', null],
    ['-1', null],
    ['+1', null],
    ['1.5', null],
    ['1e3', null],
    ['0x10', null],
    ['12345678901', null],
    ['soon', null],
    ['Sun, 06 Nov 1994 08:49:40', null],
    ['Sun, 06 Nov 1994 08:49:40 CET', null],
    ['sun, 06 nov 1994 08:49:40 GMT', null],
    ['Sun, 06 Foo 1994 08:49:40 GMT', null],
    ['Wed, 31 Feb 2027 08:49:40 GMT', null],
    ['Sun, 00 Nov 1994 08:49:40 GMT', null],
    ['Sun, 06 Nov 1994 24:00:00 GMT', null],
    ['Sun, 06 Nov 1994 08:60:00 GMT', null],
    ['Sun, 06 Nov 1994 08:49:61 GMT', null],
  ])('"%s" is %s', (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });

  test('a year of two digits lies at most 50 years ahead', () => {
    const now = Date.UTC(2026, 0, 1);
    const yearOf = (text: string) => new Date(parseHttpDate(text, now)!).getUTCFullYear();
    expect(yearOf('Sunday, 06-Nov-76 08:49:37 GMT')).toBe(2076);
    expect(yearOf('Sunday, 06-Nov-77 08:49:37 GMT')).toBe(1977);
  });

  test('every date in the form that servers should send is read back', () => {
    const first = Date.UTC(0, 0, 1) + 100 * 366 * 86_400_000;
    const day = fc.date({ min: new Date(first), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const exact = Math.floor(date.getTime() / 1_000) * 1_000;
        expect(parseHttpDate(new Date(exact).toUTCString(), 0)).toBe(exact);
        expect(parseRetryAfter(new Date(exact).toUTCString(), exact - 5_000)).toBe(5_000);
      }),
    );
  });

  test('a year below 100 is that year', () => {
    const ancient = parseHttpDate('Sun, 06 Nov 0094 08:49:37 GMT', 0)!;
    expect(new Date(ancient).getUTCFullYear()).toBe(94);
  });

  test('whatever arrives is nothing, or a time that can be waited for', () => {
    const pieces = fc.constantFrom('Sun', ', ', '06', ' ', 'Nov', '-', '1994', '94', ':', '08', 'GMT', '31', '99');
    const almost = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const ms = parseRetryAfter(text, NOW);
        expect(ms === null || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
