import { describe, expect, test } from '@jest/globals';
import { RouteTable } from '@gateway/route-table';
import type { LiveRoute } from '../live-route';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, grpcRoute, httpRoute } from '../../pipeline.fixture';
import { ApiVersions } from '../../versions/api-versions';
import { match } from './match';

const live: LiveRoute = { route: httpRoute(), handler: () => answer() };
const method: LiveRoute = { ...live, route: grpcRoute() };
const table = RouteTable.build([
  { ...method.route, id: 'method', value: method, methods: ['GET'] },
  { ...live.route, value: live, methods: ['GET'] },
  { ...live.route, id: 'host', value: live, hosts: ['api.example.com', '[::1]'], methods: ['POST'] },
]);

const api = new ApiVersions({ prefix: '/api', vendor: 'acme', defaultVersion: null, clock: fakeClock() });
const versions = api.index([], table);

function matched(path: string, { method = 'GET', authority = 'localhost:8443' } = {}) {
  const context = contextOf({ method, authority }, { path });
  match({ routes: () => table, versions: () => versions })(context);
  return context;
}

describe('match', () => {
  test('finds the route and what its variables capture', () => {
    const context = matched('/a/x%20y');
    expect(context.live).toBe(live);
    expect(context.captures).toEqual(['x%20y']);
  });

  test.each(['api.example.com', 'api.example.com:8443', '[::1]', '[::1]:443'])('reads the host of %s', (authority) => {
    expect(matched('/a/x', { method: 'POST', authority }).live).toBe(live);
  });

  test('lets a field have an escaped slash, and nobody else', () => {
    expect(matched('/subjects/a%2Fb').captures).toEqual(['a%2Fb']);
    for (const path of ['/a/x%2Fy', '/a/x%5Cy', '/b%2Fc', '/subjects%2Fa'])
      expect(() => matched(path)).toThrow(expect.objectContaining({ code: 'GW_BAD_REQUEST' }));
  });

  test('takes a request to upgrade to a stream, whatever its method, else to what has GET', () => {
    const chat: LiveRoute = { ...live, route: { ...httpRoute({ path: '/chat' }), methods: ['POST'], upgrades: true } };
    const streams = RouteTable.build([
      { ...chat.route, id: 'chat', value: chat },
      { ...live.route, value: live, methods: ['GET'] },
    ]);
    const upgraded = (path: string) => {
      const context = contextOf({ upgrade: 'websocket' }, { path });
      match({ routes: () => streams, versions: () => versions })(context);
      return context.live;
    };
    expect([upgraded('/chat'), upgraded('/a/x')]).toEqual([chat, live]);
  });

  test('takes a preflight to the route that it asks about, where that says who may ask', () => {
    const open = { route: httpRoute({ policy: { cors: { origins: ['*'] } } }), handler: live.handler };
    const cors = RouteTable.build([
      { ...open.route, id: 'open', value: open, methods: ['PATCH'] },
      { ...live.route, id: 'closed', value: live, methods: ['DELETE'] },
      { ...live.route, id: 'own', value: live, methods: ['OPTIONS'] },
    ]);
    const asks = (asked: string[], method = 'OPTIONS') => {
      const context = contextOf({ method }, { path: '/a/x', headers: ['origin', 'https://a.example', ...asked] });
      match({ routes: () => cors, versions: () => versions })(context);
      return [context.live === open, context.preflight];
    };
    const about = (method: string) => ['access-control-request-method', method];
    expect(asks(about('PATCH'))).toEqual([true, 'PATCH']);
    for (const left of [about('DELETE'), about('PUT'), []]) expect(asks(left)).toEqual([false, null]);
    expect(asks(about('DELETE'), 'PATCH')).toEqual([true, null]);
  });

  test('says 404 for no route and 405 with Allow for another method', () => {
    expect(() => matched('/b')).toThrow(expect.objectContaining({ code: 'GW_NO_ROUTE' }));
    expect(() => matched('/a/x', { method: 'PUT' })).toThrow(
      expect.objectContaining({ code: 'GW_METHOD_NOT_ALLOWED', context: { headers: ['allow', 'GET, HEAD'] } }),
    );
  });
});
