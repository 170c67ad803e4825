import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ApiPaths } from './api-paths';
import { isVersion } from './version';

const api = new ApiPaths('/api');

test.each([
  ['/api/v1/items', 'v1'],
  ['/api/v12', 'v12'],
  ['/api/v2beta1/items/{id}', 'v2beta1'],
  ['/api/items', null],
  ['/api/values/1', null],
  ['/api/', null],
  ['/api', null],
  ['/apiv1/v1', null],
  ['/opi/v1/x', null],
])('%s is in version %s', (path, version) => expect(api.versionIn(path)).toBe(version));

test.each([
  ['/api/items/1', '/api/v2/items/1'],
  ['/api/v1/items/1', '/api/v2/items/1'],
  ['/api/v1', '/api/v2'],
])('%s is %s in v2', (path, expected) => expect(api.inVersion(path, 'v2')).toBe(expected));

test('versions may stand first', () => {
  const root = new ApiPaths('');
  expect([root.versionIn('/v1/items'), root.versionIn('/items')]).toEqual(['v1', null]);
  expect(root.inVersion('/items', 'v3')).toBe('/v3/items');
  expect(root.segmentIn('/items/1')).toBe('items');
});

test('a path in a version is in that version, and back', () => {
  const segment = fc.stringMatching(/^[a-z0-9.-]{1,6}$/).filter((each) => !/^v\d/.test(each));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.nat(99), (segments, number) => {
      const path = `/api/${segments.join('/')}`;
      const versioned = api.inVersion(path, `v${number}`);
      expect(api.versionIn(versioned)).toBe(`v${number}`);
      expect(api.inVersion(versioned, 'v0')).toBe(api.inVersion(path, 'v0'));
    }),
  );
});

test('a path names a version where its segment is one', () => {
  const segment = fc.oneof(fc.stringMatching(/^v?[0-9]{0,3}[a-zA-Z0-9._-]{0,34}$/), fc.string({ maxLength: 5 }));
  fc.assert(
    fc.property(segment, fc.constantFrom('', '/', '/items'), (text, rest) => {
      const name = text.replaceAll('/', '');
      expect(api.versionIn(`/api/${name}${rest}`)).toBe(isVersion(name) ? name : null);
    }),
    { numRuns: 1_000 },
  );
});
