import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ERRORS } from '@gateway/errors';
import { freePort, startPlatform, type Platform } from '@gateway/testing';
import { ADA, BOB, edgeClient, problemOf, type CallOptions, type EdgeClient } from './edge-client';

let platform: Platform;
let edge: EdgeClient;
let silent: Server;
let ada: string;
let bob: string;

beforeAll(async () => {
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  platform = await startPlatform({
    wsNodes: 0,
    routes: `defaults: { policy: { auth: { mode: NONE } } }
routes:
  - id: refused
    match: { path: "/refused" }
    upstream: { urls: ["http://127.0.0.1:${await freePort()}"], protocol: http1 }
  - id: slow
    match: { path: "/slow" }
    upstream: { urls: ["http://127.0.0.1:${port}"], protocol: http1 }
    policy: { timeout: 0.5s }
`,
  });
  edge = edgeClient(platform.edges[0]!.url, platform.caFile);
  [ada, bob] = [await edge.login(...ADA), await edge.login(...BOB)];
});
afterAll(async () => {
  silent?.close();
  await edge?.close();
  await platform?.stop();
});

type Row = [
  name: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  options: () => CallOptions,
  status: number,
  code: string,
];

const JSON_TYPE = { 'content-type': 'application/json' };
const ROWS: Row[] = [
  ['unknown route', 'GET', '/nowhere', () => ({}), 404, 'GW_NO_ROUTE'],
  ['wrong method', 'DELETE', '/api/v1/auth/login', () => ({}), 405, 'GW_METHOD_NOT_ALLOWED'],
  ['no token', 'GET', '/api/v1/projects/p1', () => ({}), 401, 'GW_UNAUTHENTICATED'],
  ['a forged token', 'GET', '/api/v1/projects/p1', () => ({ token: 'a.b.c' }), 401, 'GW_UNAUTHENTICATED'],
  ['forbidden', 'PATCH', '/api/v1/projects/p1', () => ({ token: bob, json: { name: 'x' } }), 403, 'GW_FORBIDDEN'],
  [
    'unknown field',
    'PATCH',
    '/api/v1/projects/p1',
    () => ({ token: ada, json: { nome: 'x' } }),
    400,
    'GW_INVALID_FIELD',
  ],
  ['wrong type', 'PATCH', '/api/v1/projects/p1', () => ({ token: ada, json: { name: 5 } }), 400, 'GW_INVALID_FIELD'],
  ['no such project', 'GET', '/api/v1/projects/none', () => ({ token: ada }), 404, 'GW_NOT_FOUND'],
  [
    'too large',
    'PATCH',
    '/api/v1/projects/p1',
    () => ({ token: ada, json: { name: 'x'.repeat(5 << 20) } }),
    413,
    'GW_BODY_TOO_LARGE',
  ],
  ['a refusing upstream', 'GET', '/refused', () => ({}), 502, 'GW_UPSTREAM_REFUSED'],
  ['a slow upstream', 'GET', '/slow', () => ({}), 504, 'GW_TIMEOUT'],
];

test.each(ROWS)('%s', async (_name, method, path, options, status, code) => {
  const answer = await edge.call(method, path, options());
  expect(answer.status).toBe(status);
  const problem = problemOf(answer);
  expect(problem.code).toBe(code);
  expect(ERRORS[code as keyof typeof ERRORS].status).toBe(status);
  expect(answer.headers['x-request-id']).toBe(problem.requestId);
  if (status === 401) expect(answer.headers['www-authenticate']).toContain('Bearer');
  if (status === 405) expect(answer.headers['allow']).toContain('POST');
});

test('a broken rule of the contract says which one, and where', async () => {
  const tags = ['fine', 'x'.repeat(41)];
  const answer = await edge.call('PATCH', '/api/v1/projects/p1', { token: ada, json: { name: '', tags } });
  expect(answer.status).toBe(400);
  expect(problemOf(answer)).toMatchObject({
    code: 'GW_INVALID_FIELD',
    errors: [
      { pointer: '/name', rule: 'string.min_len', detail: 'must be at least 1 characters' },
      { pointer: '/tags/1', rule: 'string.max_len', detail: 'must be at most 40 characters' },
    ],
  });
  const listed = await edge.call('GET', '/api/v1/projects?pageSize=101', { token: ada });
  expect([listed.status, problemOf(listed)]).toMatchObject([400, { errors: [{ pointer: 'query/pageSize' }] }]);
});

test('JSON that is none', async () => {
  const { Agent, request } = await import('undici');
  const { readFileSync } = await import('node:fs');
  const dispatcher = new Agent({ connect: { ca: readFileSync(platform.caFile) } });
  const headers = { ...JSON_TYPE, authorization: `Bearer ${ada}` };
  const url = `${platform.edges[0]!.url}/api/v1/projects/p1`;
  const response = await request(url, { method: 'PATCH', headers, body: '{"name": ', dispatcher });
  const body = (await response.body.json()) as { code: string };
  await dispatcher.close();
  expect([response.statusCode, body.code]).toEqual([400, 'GW_BAD_BODY']);
});

test('a gRPC service that is gone is 503', async () => {
  await platform.mocks.admin('POST', '/services/simulation/stop');
  const answer = await edge.call('GET', '/api/v1/simulations/s1', { token: ada });
  expect(answer.status).toBe(503);
  problemOf(answer);
  await platform.mocks.admin('POST', '/services/simulation/start');
});
