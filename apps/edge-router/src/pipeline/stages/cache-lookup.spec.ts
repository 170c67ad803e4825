import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { create, type JsonObject } from '@bufbuild/protobuf';
import { responseCache, type ResponseCache } from '@gateway/cache';
import { type EventBus, memoryEventBus } from '@gateway/events';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { answer, contextOf, grpcRoute, httpRoute, METHOD, principal, run } from '../../pipeline.fixture';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import { cacheLookup } from './cache-lookup';

let clock: FakeClock;
let bus: EventBus;
let cache: ResponseCache;
let calls: RequestContext[];

/** A stage with a cache of its own, and what the upstream answers. */
async function open(route: Route, respond: (context: RequestContext) => EdgeResponse | Promise<EdgeResponse> = stored) {
  clock = fakeClock();
  bus = memoryEventBus({ clock });
  cache = responseCache({ clock, events: bus, maxBytes: 1 << 20 });
  await bus.ready(1_000);
  calls = [];
  const stage = cacheLookup(route, { clock, cache });
  return async (context: RequestContext) => {
    const response = await run(stage, context, (each) => {
      calls.push(each);
      return respond(each);
    });
    return { body: String(response.body), status: context.cacheStatus, age: context.age, headers: response.headers };
  };
}

afterEach(async () => {
  cache.close();
  await bus.close();
});

const stored = (): EdgeResponse => answer({ body: Buffer.from(`answer ${calls.length}`), headers: ['x-a', '1'] });
const policy = (cachePolicy: JsonObject, more: JsonObject = {}) => ({ policy: { ...more, cache: cachePolicy } });
const OPEN = { auth: { mode: 'NONE' } };

const asks = (subject: string, known: Partial<RequestContext> = {}) =>
  contextOf({}, { message: create(METHOD.input, { subject }), ...known });
const gets = (path: string, request: Partial<EdgeRequest> = {}, known: Partial<RequestContext> = {}) =>
  contextOf(request, { path, captures: [path.split('/').at(-1)!], ...known });

describe('by policy', () => {
  test('an equal question is answered from the cache until its time is over', async () => {
    const ask = await open(grpcRoute(policy({ ttl: '10s' })));
    expect(await ask(asks('a'))).toMatchObject({
      body: 'answer 1',
      status: 'gateway; fwd=uri-miss; stored',
      age: null,
    });
    clock.advance(3_000);
    const hit = await ask(asks('a'));
    expect(hit).toMatchObject({ body: 'answer 1', status: 'gateway; hit; ttl=7', age: '3', headers: ['x-a', '1'] });
    hit.headers.push('x-b', '2');
    expect((await ask(asks('a'))).headers).toEqual(['x-a', '1']);
    expect((await ask(asks('b'))).body).toBe('answer 2');
    clock.advance(7_000);
    expect((await ask(asks('a'))).body).toBe('answer 3');
  });

  test('answers vary by what the policy names', async () => {
    const ask = await open(grpcRoute(policy({ ttl: '10s', varyBy: ['user_id', 'subject', 'accept-language'] })));
    const as = (subject: string | null, language?: string) => {
      const headers = language === undefined ? [] : ['accept-language', language];
      return asks('a', { principal: subject === null ? null : principal({ subject }), headers });
    };
    expect((await ask(as('ada'))).body).toBe('answer 1');
    expect((await ask(as('bob'))).body).toBe('answer 2');
    expect((await ask(as(null))).body).toBe('answer 3');
    expect((await ask(as('ada', 'de'))).body).toBe('answer 4');
    expect((await ask(as('ada'))).body).toBe('answer 1');
  });

  test('answers vary by the headers that the service gets', async () => {
    const given = policy({ ttl: '10s' }, { transcoding: { requestHeaders: ['X-Tenant'] } });
    const ask = await open(grpcRoute(given));
    const from = (tenant: string) => asks('a', { headers: ['x-tenant', tenant, 'x-other', String(calls.length)] });
    expect((await ask(from('a'))).body).toBe('answer 1');
    expect((await ask(from('b'))).body).toBe('answer 2');
    expect((await ask(from('a'))).body).toBe('answer 1');
  });

  test('an event drops the entries that it is about', async () => {
    const ask = await open(grpcRoute(policy({ ttl: '10s', varyBy: ['subject'], invalidate: ['changed'] })));
    await ask(asks('a'));
    await ask(asks('b'));
    const event = { id: 'e1', type: 'changed', time: new Date().toISOString(), origin: 'x', traceparent: '', room: '' };
    cache.invalidateLocally({ ...event, fields: { subject: 'a', other: 'x' } });
    expect((await ask(asks('b'))).body).toBe('answer 2');
    expect((await ask(asks('a'))).body).toBe('answer 3');
  });

  test('equal questions at one time are one call', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const ask = await open(grpcRoute(policy({ ttl: '10s' })), () => gate.then(stored));
    const answers = [ask(asks('a')), ask(asks('a')), ask(asks('a'))];
    release();
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['answer 1', 'answer 1', 'answer 1']);
    expect(calls).toHaveLength(1);
  });

  test.each<[string, EdgeResponse]>([
    ['another status', answer({ status: 404, body: Buffer.from('x') })],
    ['a cookie', answer({ body: Buffer.from('x'), headers: ['set-cookie', 'a=b'] })],
    ['a body that streams', answer({ body: Readable.from([]) })],
    ['no body', answer()],
  ])('%s is not kept', async (_what, response) => {
    const ask = await open(grpcRoute(policy({ ttl: '10s' })), () => response);
    expect((await ask(asks('a'))).status).toBe('gateway; fwd=uri-miss');
    await ask(asks('a'));
    expect(calls).toHaveLength(2);
  });

  test('a failure is not kept, and the next one tries', async () => {
    let fail = true;
    const ask = await open(grpcRoute(policy({ ttl: '10s' })), () =>
      fail ? Promise.reject(new Error('no')) : stored(),
    );
    await expect(ask(asks('a'))).rejects.toThrow('no');
    fail = false;
    expect((await ask(asks('a'))).body).toBe('answer 2');
  });

  test('who waits in vain asks for itself', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const ask = await open(grpcRoute(policy({ ttl: '10s' })), (context) =>
      context.cacheStatus === null ? gate.then(() => answer({ status: 404 })) : stored(),
    );
    const first = ask(asks('a'));
    const second = ask(asks('a'));
    release();
    await first;
    expect(await second).toMatchObject({ status: 'gateway; fwd=uri-miss; detail=uncacheable' });
    expect(calls).toHaveLength(2);
  });

  test('over HTTP only whole GETs are kept', async () => {
    const ask = await open(httpRoute(policy({ ttl: '10s', varyBy: ['id'] }, OPEN)));
    expect((await ask(gets('/a/1'))).body).toBe('answer 1');
    expect((await ask(gets('/a/1'))).body).toBe('answer 1');
    expect((await ask(gets('/a/1', {}, { query: 'x=1' }))).body).toBe('answer 2');
    expect((await ask(gets('/a/1', { method: 'POST' }))).status).toBeNull();
    expect((await ask(gets('/a/1', { headers: ['range', 'bytes=0-1'] }))).status).toBeNull();
    expect((await ask(gets('/a/1', { headers: ['if-none-match', '"x"'] }))).status).toBeNull();
  });

  test('a credential that the edge does not verify keeps its answer to itself', async () => {
    const secret = () => gets('/a/1', { headers: ['authorization', 'Bearer x'] });
    const ask = await open(httpRoute(policy({ ttl: '10s' }, OPEN)));
    expect((await ask(secret())).status).toBeNull();
    cache.close();
    const varying = await open(httpRoute(policy({ ttl: '10s', varyBy: ['Authorization'] }, OPEN)));
    expect((await varying(secret())).status).toBe('gateway; fwd=uri-miss; stored');
    cache.close();
    const verified = await open(httpRoute(policy({ ttl: '10s' })));
    expect((await verified(secret())).status).toBe('gateway; fwd=uri-miss; stored');
  });
});

describe("by the upstream's headers", () => {
  const route = (more: JsonObject = OPEN) => httpRoute(policy({ mode: 'RFC9111' }, more));
  const says =
    (...headers: string[]) =>
    () =>
      answer({ body: Buffer.from(`answer ${calls.length}`), headers });

  /** Whether a second, equal request is answered from the cache. */
  async function isKept(headers: string[], context = () => gets('/a/1')) {
    const ask = await open(route(), says(...headers));
    await ask(context());
    await ask(context());
    return calls.length === 1;
  }

  test.each([
    [['cache-control', 'max-age=10']],
    [['cache-control', 'public, s-maxage=10, max-age=0']],
    [['cache-control', 'max-age=10', 'vary', 'Accept-Encoding, accept']],
    [
      [
        'expires',
        new Date(Date.UTC(2026, 0, 1, 0, 0, 10)).toUTCString(),
        'date',
        new Date(Date.UTC(2026, 0, 1)).toUTCString(),
      ],
    ],
    [['expires', 'Thu, 01 Jan 2099 00:00:00 GMT']],
    [['cache-control', 'max-age=10', 'age', '9']],
    [['cache-control', 'max-age=10', 'age', 'soon']],
  ])('%j is kept', async (headers) => expect(await isKept(headers)).toBe(true));

  test.each([
    [[]],
    [['cache-control', 'no-store, max-age=10']],
    [['cache-control', 'private="x", max-age=10']],
    [['cache-control', 'no-cache']],
    [['cache-control', 'max-age=soon']],
    [['cache-control', 'max-age=10', 'age', '10']],
    [['cache-control', 'max-age=10', 'vary', '*']],
    [['cache-control', 'max-age=10', 'vary', 'cookie']],
    [['cache-control', 'max-age=10', 'set-cookie', 'a=b']],
    [['expires', '0']],
  ])('%j is not', async (headers) => expect(await isKept(headers)).toBe(false));

  test.each(['no-cache', 'no-store', 'max-age=0'])('a request that says %s reaches the upstream', async (directive) => {
    const context = () => gets('/a/1', { headers: ['cache-control', directive] });
    expect(await isKept(['cache-control', 'max-age=10'], context)).toBe(false);
  });

  test('other statuses are not kept, and answers are by what they may vary by', async () => {
    const ask = await open(route(), says('cache-control', 'max-age=10'));
    await ask(gets('/a/1', { headers: ['accept', 'a/a'] }));
    await ask(gets('/a/1', { headers: ['accept', 'b/b'] }));
    await ask(gets('/a/1', { authority: 'other' }));
    expect(calls).toHaveLength(3);
    cache.close();
    const failing = await open(route(), () =>
      answer({ status: 500, body: Buffer.alloc(1), headers: ['cache-control', 'max-age=9'] }),
    );
    await failing(gets('/a/1'));
    await failing(gets('/a/1'));
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['max-age=10', 2],
    ['max-age=10, public', 1],
    ['s-maxage=10', 1],
  ])('what is personal needs more than %s', async (control, expected) => {
    for (const context of [
      () => gets('/a/1', { headers: ['authorization', 'x'] }),
      () => gets('/a/1', {}, { principal: principal() }),
    ]) {
      const ask = await open(route({}), says('cache-control', control));
      await ask(context());
      await ask(context());
      expect(calls).toHaveLength(expected);
    }
  });

  test('a change makes what was kept untrue; a failed one does not', async () => {
    let status = 500;
    const ask = await open(route(), ({ request }) =>
      request.method === 'PUT' ? answer({ status }) : says('cache-control', 'max-age=10')(),
    );
    await ask(gets('/a/1'));
    await ask(gets('/a/1', { method: 'PUT' }));
    await ask(gets('/a/1', { method: 'OPTIONS' }));
    expect((await ask(gets('/a/1'))).body).toBe('answer 1');
    status = 204;
    await ask(gets('/a/1', { method: 'PUT' }));
    expect((await ask(gets('/a/1'))).body).not.toBe('answer 1');
  });
});

describe('a route', () => {
  const stageOf = (route: Route) => cacheLookup(route, { clock: fakeClock(), cache });

  test.each([
    ['that says nothing', httpRoute()],
    ['whose cache is off', httpRoute(policy({ mode: 'OFF', ttl: '10s' }))],
    ['without a ttl', httpRoute(policy({ varyBy: ['id'] }))],
    ['whose messages have no headers', grpcRoute(policy({ mode: 'RFC9111' }))],
    ['that leads nowhere', httpRoute({ ...policy({ ttl: '10s' }), target: { kind: 'none' } })],
  ])('%s does not use the cache', async (_what, route) => {
    await open(httpRoute(policy({ ttl: '1s' })));
    expect(stageOf(route)).toBeNull();
  });

  test('that says POLICY uses it', async () => {
    await open(httpRoute(policy({ mode: 'POLICY', ttl: '1s' })));
    expect(stageOf(httpRoute(policy({ mode: 'POLICY', ttl: '1s' })))).not.toBeNull();
  });
});
