import type { JsonObject } from '@bufbuild/protobuf';
import { getHeader } from '@gateway/pipeline';
import { describe, expect, test } from '@jest/globals';
import { answer, contextOf, httpRoute, refusal, rpcRoute, run } from '../../pipeline.fixture';
import { corsOptions } from '../route-cors';
import { finishHeaders } from './finish-headers';
import { describePreflight, preflight } from './preflight';
import { speak } from './speak';
import { deadline } from './deadline';

const ORIGIN = 'https://app.example';
const route = (cors: JsonObject = {}, methods = ['PATCH']) => ({
  ...httpRoute({ policy: { auth: { mode: 'NONE' }, cors: { origins: [ORIGIN], ...cors } } }),
  methods,
});

const asking = (method: string | null, headers: string[] = [], origin = ORIGIN) =>
  contextOf({ method: 'OPTIONS' }, { preflight: method, headers: ['origin', origin, ...headers] });

describe('preflight', () => {
  test('answers with what the route allows, without asking anybody below', async () => {
    const context = asking('PATCH', ['access-control-request-headers', 'Content-Type, X-API-Key']);
    const never = () => Promise.reject(new Error('it went on'));
    const { status, headers, body } = await run(preflight(route({ maxAge: '60.5s' })), context, never);
    expect([status, body]).toEqual([204, null]);
    expect(getHeader(headers, 'access-control-allow-methods')).toBe('PATCH');
    expect(getHeader(headers, 'access-control-allow-headers')).toMatch(/authorization, content-type.*x-api-key/);
    expect(getHeader(headers, 'access-control-max-age')).toBe('60');
  });

  test('refuses what it does not allow, and says why', async () => {
    const of = (context: Parameters<typeof refusal>[1], cors = {}) => refusal(preflight(route(cors)), context);
    expect(await of(asking('PATCH', [], 'https://evil.example'))).toMatchObject({
      code: 'GW_FORBIDDEN',
      context: { detail: /origin/ },
    });
    expect((await of(asking('PATCH'), { methods: ['GET'] })).context.detail).toMatch(/PATCH/);
    expect(
      (await of(asking('PATCH', ['access-control-request-headers', 'x-odd']), { headers: ['X-Even'] })).context.detail,
    ).toMatch(/x-odd/);
  });

  test('lets other requests pass, and is absent where nothing is allowed', async () => {
    expect(await run(preflight(route()), asking(null), () => answer({ status: 299 }))).toMatchObject({ status: 299 });
    expect(preflight(httpRoute())).toBeNull();
    expect(preflight(httpRoute({ policy: { cors: {} } }))).toBeNull();
  });

  test('tells what it allows', () => {
    expect(describePreflight(route({ credentials: true }), asking('PATCH'))).toMatchObject({
      origins: [ORIGIN],
      methods: ['PATCH'],
      credentials: true,
      answersHere: true,
    });
  });

  test('lets scripts ask for a version of the API, and read which one answered and until when', async () => {
    const context = asking('PATCH', ['access-control-request-headers', 'x-api-version']);
    expect(await run(preflight(route()), context)).toMatchObject({ status: 204 });
    const told = ['x-api-version', 'deprecation', 'sunset', 'link'];
    for (const each of [route(), rpcRoute({ policy: { cors: { origins: ['*'], expose: ['x-shelf'] } } })])
      expect(corsOptions(each)!.expose).toEqual(expect.arrayContaining(told));
    expect((await refusal(preflight(route({ headers: ['x-even'] })), context)).context.detail).toMatch(/x-api-version/);
  });

  test('reaches the routes of RPC clients before anybody looks for a protocol', async () => {
    const rpc = rpcRoute({ policy: { cors: { origins: ['*'], expose: ['X-Shelf'] } } });
    const context = asking('POST', ['access-control-request-headers', 'content-type,x-grpc-web']);
    const next = preflight(rpc)!(() => answer());
    const respond = speak(rpc)!(deadline(rpc)!(next));
    expect(await respond(context)).toMatchObject({ status: 204 });
    expect(corsOptions(rpc)!.expose).toEqual(expect.arrayContaining(['grpc-status', 'ratelimit', 'x-shelf']));
    expect(corsOptions(route())!.expose).not.toContain('grpc-status');
  });
});

test('every answer of the route says who may read it, refusals too', async () => {
  const stage = finishHeaders(route(), { legacyRateLimitHeaders: false });
  const read = async (headers: string[]) =>
    (await run(stage, contextOf({}, { headers }), () => answer({ status: 500 }))).headers;
  expect(getHeader(await read(['origin', ORIGIN]), 'access-control-allow-origin')).toBe(ORIGIN);
  expect(getHeader(await read(['origin', ORIGIN]), 'access-control-expose-headers')).toMatch(/ratelimit/);
  const refused = await read(['origin', 'https://evil.example']);
  expect([getHeader(refused, 'access-control-allow-origin'), getHeader(refused, 'vary')]).toEqual([
    undefined,
    'Origin',
  ]);
  const plain = finishHeaders(httpRoute(), { legacyRateLimitHeaders: false });
  expect(getHeader((await run(plain, contextOf({}, { headers: ['origin', ORIGIN] }))).headers, 'vary')).toBeUndefined();
});
