import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ORIGIN, isAfter, timeOf } from './offset';

test('offsets are ordered by time, then by number, not as text', () => {
  expect(isAfter('10-0', '9-0')).toBe(true);
  expect(isAfter('5-10', '5-9')).toBe(true);
  expect(isAfter('5-9', '5-9')).toBe(false);
  expect(isAfter('5-9', '6-0')).toBe(false);
  expect(isAfter('1-0', ORIGIN)).toBe(true);
  expect(timeOf('1795479105699-3')).toBe(1795479105699);
});

test('of two different offsets exactly one is after the other', () => {
  const offset = fc.tuple(fc.nat(), fc.nat(5)).map(([time, number]) => `${time}-${number}`);
  fc.assert(fc.property(offset, offset, (a, b) => isAfter(a, b) !== isAfter(b, a) || a === b));
});
