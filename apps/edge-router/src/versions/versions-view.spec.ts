import type { JsonObject } from '@bufbuild/protobuf';
import { describe, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { VersionsController } from '../admin/versions.controller';
import type { Route } from '../pipeline/route';
import { contextOf, httpRoute } from '../pipeline.fixture';
import { ApiVersions, type ApiVersionsOptions } from './api-versions';
import { versionsPage } from './versions-page';
import { VersionsView } from './versions-view';

const NOW = Date.UTC(2026, 5, 1);
const clock = fakeClock({ now: NOW });

const route = (path: string, policy: JsonObject = {}, given: Partial<Route> = {}): Route => ({
  ...httpRoute({ path, policy }),
  id: path,
  ...given,
});
const ending = (deprecatedAt: string, sunsetAt?: string): JsonObject => ({
  deprecation: { deprecatedAt: `${deprecatedAt}T00:00:00Z`, ...(sunsetAt && { sunsetAt: `${sunsetAt}T00:00:00Z` }) },
});

function viewOf(routes: readonly Route[], options: Partial<ApiVersionsOptions> = {}) {
  let snapshot = { routes };
  const api = new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock, ...options });
  const calls = { records: () => [{ route: '/api/v1/a', caller: 'ada', calls: 3, lastSeen: NOW }] };
  const view = new VersionsView({ clock, snapshot: () => snapshot, api, calls });
  return { view, swap: (next: readonly Route[]) => (snapshot = { routes: next }) };
}

const statuses = (routes: readonly Route[], options: Partial<ApiVersionsOptions> = {}): unknown[] =>
  viewOf(routes, options)
    .view.versions()
    .map((each) => [each.version, each.status, each.default, each.routes]);

describe('a version', () => {
  test('is deprecated, and has ended, when all of its routes are, and have', () => {
    const routes = [
      route('/api/v1/a', ending('2026-01-01', '2026-02-01')),
      route('/api/v1/b', ending('2026-01-01', '2026-06-01')),
      route('/api/v2/a', ending('2026-01-01', '2026-02-01')),
      route('/api/v2/b', ending('2026-06-01')),
      route('/api/v10/a', ending('2026-06-02')),
      route('/api/v3/a'),
      route('/api/v3/b', ending('2026-01-01')),
      route('/reports', { version: 'v0' }),
      route('/plain'),
      route('/api/v9/page', {}, { origin: 'platform' }),
    ];
    expect(statuses(routes)).toEqual([
      ['v0', 'served', false, 1],
      ['v1', 'ended', false, 2],
      ['v2', 'deprecated', true, 2],
      ['v3', 'served', false, 2],
      ['v10', 'served', false, 1],
    ]);
    expect(statuses(routes, { defaultVersion: 'v3' })[3]).toEqual(['v3', 'served', true, 2]);
  });

  test('is the default though it ended, when nothing else is left', () => {
    expect(statuses([route('/api/v1/a', ending('2026-01-01', '2026-02-01'))])).toEqual([['v1', 'ended', true, 1]]);
    expect(statuses([route('/a', { version: 'v1' })])).toEqual([['v1', 'served', false, 1]]);
  });

  test('is shown with its dates, and with each of its routes that ends', () => {
    const deprecation: JsonObject = {
      deprecatedAt: '2026-01-01T00:00:00Z',
      sunsetAt: '2027-01-01T00:00:00Z',
      link: 'https://example.com/why',
      successor: 'v2',
      brownouts: [
        { start: '2026-02-01T00:00:00Z', duration: '60s' },
        { start: '2026-03-01T00:00:00Z', duration: '60s', every: '604800s' },
      ],
    };
    expect(viewOf([route('/api/v1/a', { deprecation }, { methods: ['GET'] })]).view.versions()).toEqual([
      {
        version: 'v1',
        status: 'deprecated',
        default: true,
        routes: 1,
        deprecatedAt: '2026-01-01T00:00:00.000Z',
        sunsetAt: '2027-01-01T00:00:00.000Z',
        openapi: '/openapi/v1.json',
        deprecations: [
          {
            route: '/api/v1/a',
            methods: ['GET'],
            path: '/api/v1/a',
            deprecatedAt: '2026-01-01T00:00:00.000Z',
            sunsetAt: '2027-01-01T00:00:00.000Z',
            link: 'https://example.com/why',
            successor: 'v2',
            brownouts: [
              { start: '2026-02-01T00:00:00.000Z', seconds: 60 },
              { start: '2026-03-01T00:00:00.000Z', seconds: 60, everySeconds: 604_800 },
            ],
          },
        ],
      },
    ]);
  });
});

describe('/versions', () => {
  test('is made once a second, and anew with each snapshot', async () => {
    const { view, swap } = viewOf([route('/api/v1/a', ending('2026-06-02'))]);
    const page = versionsPage(view);
    const bodyOf = async () => JSON.parse(String((await page.answer(contextOf())).body)) as { versions: object[] };
    expect(view.page()).toBe(view.page());
    expect(await bodyOf()).toMatchObject({ versions: [{ version: 'v1', status: 'served' }] });
    clock.advance(86_400_000);
    expect(await bodyOf()).toMatchObject({ versions: [{ status: 'deprecated' }] });
    swap([]);
    expect(await bodyOf()).toEqual({ versions: [] });
    expect(await bodyOf()).not.toHaveProperty('callers');
  });

  test('names callers to the operator alone, when he asks', () => {
    const controller = new VersionsController(viewOf([route('/api/v1/a')]).view);
    expect(controller.versions()).toEqual({ versions: [expect.objectContaining({ version: 'v1' })] });
    expect(controller.versions('')).toMatchObject({
      callers: [{ route: '/api/v1/a', caller: 'ada', calls: 3, lastSeen: '2026-06-01T00:00:00.000Z' }],
    });
  });
});
