import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { TrustedProxies } from '@gateway/http-security';
import { RouteTable } from '@gateway/route-table';
import { fakeClock } from '@gateway/testing';
import type { RequestContext } from './context';
import { edgeHandler } from './edge-handler';
import { answer, edgeRequest, httpRoute } from '../pipeline.fixture';
import { refuse } from './refuse';
import type { RouteHandler } from './stage';

/** An edge with one route, and what reached its handler or the synthetic one. */
function edge(handler: RouteHandler = () => answer()) {
  const seen: RequestContext[] = [];
  const route = httpRoute();
  const table = RouteTable.build([{ ...route, methods: ['GET'], value: { route, handler } }]);
  const handle = edgeHandler({
    clock: fakeClock(),
    trustedProxies: new TrustedProxies([]),
    routes: () => table,
    versions: () => ({ leavesOpen: () => false, negotiate: () => null, having: () => [] }),
    refuse: (context) => {
      seen.push(context);
      return answer({ status: 404 });
    },
  });
  return { handle, seen };
}

test('a request goes to its route', async () => {
  const { handle } = edge((context) => answer({ status: 200, headers: ['x-path', context.path] }));
  expect(await handle(edgeRequest({ target: '/a/1' }))).toMatchObject({ status: 200, headers: ['x-path', '/a/1'] });
});

test.each([
  ['/b', 'GET', 'GW_NO_ROUTE'],
  ['/a/1', 'PUT', 'GW_METHOD_NOT_ALLOWED'],
  ['/a%2f1', 'GET', 'GW_BAD_REQUEST'],
])('%s %s goes to the synthetic route with the reason %s', async (target, method, code) => {
  const { handle, seen } = edge();
  expect((await handle(edgeRequest({ target, method }))).status).toBe(404);
  expect(seen[0]!.refusal).toMatchObject({ code });
  expect(() => refuse(seen[0]!)).toThrow(expect.objectContaining({ code }));
});

test('a body that nobody read flows away', async () => {
  const body = new PassThrough();
  const { handle } = edge(() => Promise.resolve(answer()));
  await handle(edgeRequest({ target: '/a/1', body }));
  body.end('x'.repeat(100_000));
  await new Promise((resolve) => body.once('end', resolve));
});

test('a body that somebody reads is left to them', async () => {
  const body = new PassThrough();
  const { handle } = edge((context) => answer({ body: context.takeBody() }));
  const response = await handle(edgeRequest({ target: '/a/1', body }));
  expect(response.body).toBe(body);
  expect(body.readableFlowing).toBeNull();
});

test('the synthetic route answers 404 also to who has no reason', () => {
  const { seen, handle } = edge();
  void handle(edgeRequest({ target: '/b' }));
  seen[0]!.refusal = null;
  expect(() => refuse(seen[0]!)).toThrow(expect.objectContaining({ code: 'GW_NO_ROUTE' }));
});
