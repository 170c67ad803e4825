import { GatewayError } from '@gateway/errors';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalPath, hasEscapedSlash } from './canonical-path';

test.each([
  ['/', '/', ''],
  ['/a/b.c/~d', '/a/b.c/~d', ''],
  ['/a?x=1&y=%2F', '/a', 'x=1&y=%2F'],
  ['/a?', '/a', ''],
  ['/a?b?c', '/a', 'b?c'],
  ['/.well-known/x', '/.well-known/x', ''],
  ['/a//b///c', '/a/b/c', ''],
  ['//evil.example/x', '/evil.example/x', ''],
  ['/a/./b', '/a/b', ''],
  ['/a/../b', '/b', ''],
  ['/a/b/..', '/a/', ''],
  ['/a/.', '/a/', ''],
  ['/a/', '/a/', ''],
  ['/a//../b', '/b', ''],
  ['/a/%2e%2E/b', '/b', ''],
  ['/%41%7a%2d', '/Az-', ''],
  ['/caf%c3%a9', '/caf%C3%A9', ''],
  ['/a%20b%3a', '/a%20b%3A', ''],
  ['/a%25b', '/a%25b', ''],
  ['/a%2fb%5c/..%2F', '/a%2Fb%5C/..%2F', ''],
  ['/{id}|^', '/%7Bid%7D%7C%5E', ''],
  ['/v1/projects/p1:watch', '/v1/projects/p1:watch', ''],
  ['/a;x=1/b', '/a;x=1/b', ''],
])('%s becomes %s with query "%s"', (target, path, query) => {
  expect(canonicalPath(target)).toEqual({ path, query });
});

test.each([
  ['a/b', 'no leading slash'],
  ['', 'empty'],
  ['*', 'asterisk form'],
  ['http://a/b', 'absolute form'],
  ['/a\\b', 'backslash'],
  ['/a%00', 'NUL'],
  ['/a%1f', 'control character'],
  ['/a%7F', 'delete'],
  ['/a%0d%0aset-cookie', 'line break'],
  ['/a%', 'broken escape at the end'],
  ['/a%4', 'half an escape'],
  ['/a%zz', 'escape of no number'],
  ['/..', 'above the root'],
  ['/a/../../b', 'above the root later'],
  ['/%2e%2e/b', 'escaped above the root'],
  ['/a/..;/admin', 'parent with a parameter'],
  ['/a/%2e%2e;x/admin', 'escaped parent with a parameter'],
  ['/a/.;/admin', 'dot with a parameter'],
  ['/a b', 'space'],
  ['/é', 'not ASCII'],
  ['/a#b', 'fragment'],
  ['/a?b#c', 'fragment in the query'],
  ['/a?b c', 'space in the query'],
])('%j is refused: %s', (target) => {
  expect(() => canonicalPath(target)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
});

test.each([
  ['/a%2fb', true],
  ['/a%5cb', true],
  ['/a%252Fb', false],
  ['/a%20b', false],
  ['/a/b', false],
])('%s has an escaped slash: %s', (target, expected) => {
  expect(hasEscapedSlash(canonicalPath(target).path)).toBe(expected);
});

/** Targets made of what normalisers get wrong. */
const nastyTarget = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '.',
        '..',
        '%2e',
        '%2E',
        '%2f',
        '%5c',
        '%00',
        '%',
        '%25',
        '%252e',
        ';',
        '?',
        '#',
        '\\',
        'a',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => `/${parts.join('')}`);

test('a canonical path never has an empty or a dot segment, and is its own canonical form', () => {
  fc.assert(
    fc.property(nastyTarget, (target) => {
      let canonical;
      try {
        canonical = canonicalPath(target);
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
        return;
      }
      const segments = canonical.path.split('/').slice(1);
      expect(segments.slice(0, -1)).not.toContain('');
      expect(segments).not.toContain('.');
      expect(segments).not.toContain('..');
      expect(canonical.path).toMatch(/^\/[\x21-\x7e]*$/);
      expect(canonicalPath(canonical.path)).toEqual({ path: canonical.path, query: '' });
    }),
    { numRuns: 2_000 },
  );
});

test('decoding the escapes of a canonical path gives what decoding the original gives', () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      fc.pre(segments.every((text) => !/^\.{1,2}(;|$)/.test(text)));
      const { path } = canonicalPath(`/${segments.map(encodeURIComponent).join('/')}`);
      expect(path.slice(1).split('/').map(decodeURIComponent)).toEqual(segments);
    }),
  );
});
