import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePushback } from './index';

test.each<[string, number | null]>([
  ['0', 0],
  ['250', 250],
  ['2147483647', 2_147_483_647],
  ['2147483648', null],
  ['9999999999', null],
  ['-1', null],
  ['-0', 0],
  ['007', null],
  ['', null],
  ['1.5', null],
  [' 1', null],
  ['never', null],
])('"%s" is %s', (value, expected) => {
  // -0 and 0 are the same wait.
  expect(parsePushback(value)! + 0).toBe(expected! + 0);
  expect(parsePushback(value) === null).toBe(expected === null);
});

test('whatever arrives is nothing, or a time that can be waited for', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
      const ms = parsePushback(text);
      expect(ms === null || (Number.isInteger(ms) && ms >= 0)).toBe(true);
    }),
  );
});
