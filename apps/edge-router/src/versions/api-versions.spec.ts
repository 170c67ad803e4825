import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { httpRoute } from '../pipeline.fixture';
import { ApiVersions } from './api-versions';

const api = new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock: fakeClock() });

test('a route’s version is its path’s, else its policy’s', () => {
  expect(api.versionOf(httpRoute({ path: '/api/v1/a', policy: { version: 'v2' } }))).toBe('v1');
  expect(api.versionOf(httpRoute({ path: '/a', policy: { version: 'v2' } }))).toBe('v2');
  expect(api.versionOf(httpRoute({ path: '/a' }))).toBeNull();
});

test('only a path with a version has other versions', () => {
  expect(api.pathInVersion(httpRoute({ path: '/api/v1/a/{id}' }), 'v2')!('/api/v1/a/7')).toBe('/api/v2/a/7');
  expect(api.pathInVersion(httpRoute({ path: '/a' }), 'v2')).toBeNull();
});
