import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { httpRoute } from '../pipeline.fixture';
import type { Route } from '../pipeline/route';
import { nearestRoutes } from './nearest';

const route = (path: string, given: Partial<Route> = {}): Route => ({
  ...httpRoute({ path }),
  id: path,
  methods: ['GET'],
  ...given,
});
const ROUTES = [
  route('/api/v1/items/{item_id}'),
  route('/api/v1/items'),
  route('/api/v1/orders/{order_id}:cancel', { methods: ['POST'] }),
  route('/files/{rest=**}'),
  route('/{anything}'),
  route('/admin/keys', { hosts: ['admin.example.com'], methods: [] }),
];

test.each([
  ['/api/v1/item/7', '/api/v1/items/{item_id}', 'segment 3 is "item", not "items"'],
  ['/api/v1/ittems/7', '/api/v1/items/{item_id}', 'segment 3 is "ittems", not "items"'],
  ['/api/v2/items/7', '/api/v1/items/{item_id}', 'segment 2 is "v2", not "v1"'],
  ['/api/v1/items/7/x', '/api/v1/items/{item_id}', 'the path has 1 segments more'],
  ['/api/v1/orders/7', '/api/v1/orders/{order_id}:cancel', 'it ends in ":cancel"'],
  ['/api/v1/orders/7:cancel', '/api/v1/orders/{order_id}:cancel', 'has only POST'],
  ['/files', '/files/{rest=**}', 'has only GET'],
  ['/admin/keys', '/admin/keys', 'is for the hosts admin.example.com'],
  ['/api/v1', '/api/v1/items', 'the path lacks 1 segments'],
])('%s comes near to %s: %s', (path, template, why) => {
  const method = why.startsWith('has only GET') ? 'PUT' : 'GET';
  expect(nearestRoutes(ROUTES, path, method)[0]).toMatchObject({ template, why });
});

test('what is like nothing comes near to nothing', () => {
  expect(nearestRoutes(ROUTES, '/zzz/qqq/www', 'GET')).toEqual([]);
  expect(nearestRoutes(ROUTES, '/', 'GET')).toEqual([]);
});

test('no path throws, and few are shown', () => {
  const many = Array.from({ length: 20 }, (_, index) => route(`/api/v1/things${index}/{id}`));
  const segment = fc.constantFrom('api', 'v1', 'things1', 'things', '', ':', 'x:y', '%2F');
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      expect(nearestRoutes([...many, ...ROUTES], `/${segments.join('/')}`, 'GET').length).toBeLessThanOrEqual(5);
    }),
  );
});
