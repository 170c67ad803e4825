import { expect, test } from '@jest/globals';
import { deprecationHeaders } from './deprecation-headers';

const AT = Date.UTC(2026, 0, 1, 12);
const nothing = { deprecatedAt: null, sunsetAt: null, link: '', successor: '' };

test('tells when, until when, why and what instead', () => {
  const deprecation = {
    deprecatedAt: AT + 999,
    sunsetAt: AT + 86_400_000,
    link: 'https://example.com/why',
    successor: '/api/v2/items',
  };
  expect(deprecationHeaders(deprecation)).toEqual([
    'deprecation',
    '@1767268800',
    'sunset',
    'Fri, 02 Jan 2026 12:00:00 GMT',
    'link',
    '<https://example.com/why>; rel="deprecation", <https://example.com/why>; rel="sunset", </api/v2/items>; rel="successor-version"',
  ]);
});

test.each([
  [nothing, []],
  [{ ...nothing, link: '/why' }, []],
  [
    { ...nothing, sunsetAt: AT, link: '/why' },
    ['sunset', 'Thu, 01 Jan 2026 12:00:00 GMT', 'link', '</why>; rel="sunset"'],
  ],
  [{ ...nothing, deprecatedAt: AT }, ['deprecation', '@1767268800']],
  [{ ...nothing, successor: '/b' }, ['link', '</b>; rel="successor-version"']],
])('%j is told as %j', (deprecation, expected) => expect(deprecationHeaders(deprecation)).toEqual(expected));
