import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareVersions, isVersion, readVersion } from './version';

test.each([
  ['v1', true],
  ['v2beta1', true],
  ['v', false],
  ['version', false],
  ['1', false],
  ['v1.2', false],
  [`v1${'0'.repeat(40)}`, false],
])('%s is a version of a path: %s', (segment, expected) => expect(isVersion(segment)).toBe(expected));

test.each([
  ['v1', 'v1'],
  [' V2Beta1 ', 'v2beta1'],
  ['1', 'v1'],
  ['nonsense', 'nonsense'],
])('%s means %s', (text, version) => expect(readVersion(text)).toBe(version));

test('numbers count by value, and stages stand before what they lead to', () => {
  const ordered = ['v1', 'v2alpha1', 'v2beta1', 'v2beta2', 'v2', 'v10'];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
  expect(compareVersions('', 'v1')).toBe(1);
});

test('the order is total', () => {
  const version = fc.stringMatching(/^[a-z0-9.-]{0,8}$/);
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      expect(compareVersions(a, b) === 0).toBe(a === b);
      const sorted = [a, b, c].sort(compareVersions);
      expect([c, a, b].sort(compareVersions)).toEqual(sorted);
    }),
  );
});
