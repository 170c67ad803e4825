import type { JsonObject } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { RouteTable } from '@gateway/route-table';
import { fakeClock } from '@gateway/testing';
import type { GatewayError } from '@gateway/errors';
import { ApiVersions, type ApiVersionsOptions } from '../versions/api-versions';
import { answer, contextOf, httpRoute } from '../pipeline.fixture';
import { liveEntry, type LiveRoute } from './live-route';
import { match } from './stages/match';

const NOW = Date.UTC(2026, 5, 1);
const clock = fakeClock({ now: NOW });

const route = (path: string, { methods = ['GET'], sunsetAt = '' } = {}): LiveRoute => {
  const policy: JsonObject = sunsetAt === '' ? {} : { deprecation: { sunsetAt } };
  return { route: { ...httpRoute({ path, policy }), id: path, methods }, handler: () => answer() };
};

const ROUTES = [
  route('/api/v1/items/{id}'),
  route('/api/v2/items/{id}'),
  route('/api/v10/items/{id}'),
  route('/api/v2/notes'),
  route('/api/v1/old', { sunsetAt: '2026-01-01T00:00:00Z' }),
  route('/api/v2/old', { sunsetAt: '2027-01-01T00:00:00Z' }),
  route('/api/v1/mixed'),
  route('/api/v2/mixed', { methods: ['POST'] }),
  route('/api/v1/plain/x'),
  route('/api/plain/x'),
];

/** What a request is matched to. */
function matching(routes: readonly LiveRoute[], options: Partial<ApiVersionsOptions> = {}) {
  const api = new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock, ...options });
  const entries = routes.map(liveEntry);
  const table = RouteTable.build(entries);
  const versions = api.index(entries, table);
  const step = match({ routes: () => table, versions: () => versions });
  return (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const context = contextOf({ method }, { path, headers: Object.entries(headers).flat() });
    step(context);
    return context;
  };
}

const go = matching(ROUTES);
const to = (...given: Parameters<typeof go>): string => go(...given).live!.route.id;

function refusal(run: () => unknown): Pick<GatewayError, 'code' | 'context'> {
  try {
    run();
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error('it was not refused');
}

const V2 = { accept: 'application/vnd.acme.v2+json' };

describe('the version of a request is', () => {
  test.each<[string, Record<string, string>, string]>([
    ['/api/v1/items/1', {}, 'v1'],
    ['/api/v1/items/1', { 'x-api-version': 'v2', ...V2 }, 'v1'],
    ['/api/items/1', { 'x-api-version': 'v2' }, 'v2'],
    ['/api/items/1', { 'x-api-version': '10', ...V2 }, 'v10'],
    ['/api/items/1', V2, 'v2'],
    ['/api/items/1', {}, 'v1'],
    ['/api/notes', {}, 'v2'],
    ['/api/old', {}, 'v2'],
  ])('of %s with %j that of %s', (path, headers, version) => {
    const context = go(path, headers);
    expect(context.live!.route.id).toMatch(new RegExp(`^/api/${version}/`));
    expect(context.path).toMatch(new RegExp(`^/api/${version}/`));
  });

  test('the configured one where none is named', () => {
    expect(matching(ROUTES, { defaultVersion: 'v2' })('/api/items/1').negotiated).toEqual({
      version: 'v2',
      mediaType: null,
    });
  });

  test('known to those below when it was negotiated', () => {
    expect(go('/api/v1/items/1').negotiated).toBeNull();
    expect(go('/api/items/7', V2)).toMatchObject({
      negotiated: { version: 'v2', mediaType: V2.accept },
      captures: ['7'],
    });
    expect(go('/api/items/7', { 'x-api-version': '2' }).negotiated).toEqual({ version: 'v2', mediaType: null });
  });
});

describe('what has no such version', () => {
  test.each<[string, Record<string, string>, string, string[]]>([
    ['/api/v9/items/1', {}, 'GW_NO_ROUTE', ['v1', 'v2', 'v10']],
    ['/api/v1/notes', {}, 'GW_NO_ROUTE', ['v2']],
    ['/api/items/1', { 'x-api-version': 'v9' }, 'GW_NO_ROUTE', ['v1', 'v2', 'v10']],
    ['/api/notes', { 'x-api-version': '1' }, 'GW_NO_ROUTE', ['v2']],
    ['/api/notes', { accept: 'application/vnd.acme.v1+json' }, 'GW_NOT_ACCEPTABLE', ['v2']],
    ['/api/notes', { accept: 'application/vnd.acme.v2+json;q=0' }, 'GW_NOT_ACCEPTABLE', ['v2']],
  ])('%s with %j is %s with those that there are', (path, headers, code, versions) => {
    expect(refusal(() => go(path, headers))).toMatchObject({ code, context: { versions } });
  });

  test('quotes what was asked for, safely, and says what it depended on', () => {
    const { context } = refusal(() => go('/api/notes', { 'x-api-version': `é${'x'.repeat(100)}` }));
    expect(context.detail).toBe(`It does not exist in version "?${'x'.repeat(63)}": see versions`);
    expect(context.headers).toEqual(['vary', 'Accept, X-API-Version']);
  });

  test.each(['/api/v9/nothing', '/api/nothing', '/nothing', '/v1/items/1', '/api/', '/api'])(
    '%s has none at all',
    (path) => {
      const { code, context } = refusal(() => go(path, { 'x-api-version': 'v1' }));
      expect([code, context.versions]).toEqual(['GW_NO_ROUTE', undefined]);
    },
  );
});

describe('without negotiation go', () => {
  test('a path that a route without a version has literally', () => {
    expect(to('/api/plain/x', { 'x-api-version': 'v1' })).toBe('/api/plain/x');
    expect(refusal(() => go('/api/plain/y')).code).toBe('GW_NO_ROUTE');
  });

  test('what only a catch-all has', () => {
    const withRest = matching([...ROUTES, route('/{rest=**}')]);
    for (const path of ['/api/else', '/api/v9/else']) expect(withRest(path).live!.route.id).toBe('/{rest=**}');
    expect(withRest('/api/notes').live!.route.id).toBe('/api/v2/notes');
  });

  test('an API without versions', () => {
    expect(matching([route('/api/x')])('/api/x', V2).negotiated).toBeNull();
  });
});

describe('a method', () => {
  test('is looked for in the next version where none was asked for', () => {
    expect(to('/api/mixed', {}, 'POST')).toBe('/api/v2/mixed');
  });

  test('that the version doesn’t have is 405, which depended on the version', () => {
    expect(refusal(() => go('/api/mixed', { 'x-api-version': 'v1' }, 'POST'))).toMatchObject({
      code: 'GW_METHOD_NOT_ALLOWED',
      context: { headers: ['allow', 'GET, HEAD', 'vary', 'Accept, X-API-Version'] },
    });
    expect(refusal(() => go('/api/mixed', {}, 'DELETE')).context.headers).toContain('vary');
    expect(refusal(() => go('/api/v1/mixed', {}, 'DELETE')).context.headers).toEqual(['allow', 'GET, HEAD']);
  });
});

test('versions may stand first', () => {
  const first = matching([route('/v1/items'), route('/health')], { prefix: '' });
  expect(first('/items').path).toBe('/v1/items');
  expect(first('/health').negotiated).toBeNull();
});
