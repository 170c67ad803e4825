import { expect, test } from '@jest/globals';
import { contextOf } from '../pipeline.fixture';
import { platformRoutes } from '../snapshot/platform-routes';
import { isReserved } from '../snapshot/reserved';
import { healthPage } from './health-page';

test.each([
  ['ok', 200],
  ['degraded', 200],
  ['down', 503],
] as const)('%s is %d, and nothing else is told', async (state, status) => {
  const tree = { state, why: 'secret', since: 'secret', at: 'secret', services: [] };
  const page = healthPage({ current: () => Promise.resolve(tree) });
  const answer = await page.answer(contextOf());
  expect(answer).toMatchObject({ status, headers: ['content-type', 'application/json', 'cache-control', 'no-store'] });
  expect(JSON.parse(String(answer.body))).toEqual({ status: state });
});

test('it is an open route at a reserved path, limited by IP', () => {
  const page = healthPage({ current: () => Promise.reject(new Error('not asked')) });
  const [route] = platformRoutes({ pages: [page], sockets: false }).routes;
  expect(route).toMatchObject({
    id: 'platform:health',
    methods: ['GET'],
    target: { kind: 'page', name: 'health', answer: page.answer },
    policy: { auth: { mode: 1 }, rateLimits: [{ name: 'health', by: ['ip'] }] },
  });
  expect(isReserved(route!.template.source)).toBe(true);
  expect(platformRoutes({ pages: [], sockets: true }).routes.map(({ id }) => id)).toEqual(['platform:sockets']);
});
