import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@bufbuild/protobuf';
import type { FieldError } from '@gateway/errors';
import { compileSchema, parameterSchema } from '@gateway/json-schema';
import { fakeClock } from '@gateway/testing';
import type { HttpSchemas } from '../../validation/http-schemas';
import { answer, contextOf, grpcRoute, httpRoute, principal, refusal, run } from '../../pipeline.fixture';
import type { HttpTarget, Route } from '../route';
import { canReplay } from '../retry-plan';
import type { RequestContext } from '../context';
import { validateHttp, type ValidateHttpPorts } from './validate-http';

const ORDER = compileSchema({
  type: 'object',
  required: ['item'],
  properties: { item: { type: 'string', maxLength: 8 }, count: { type: 'integer' } },
  additionalProperties: false,
});
const PAGE = compileSchema({ type: 'object', properties: { page: { type: 'integer' } }, additionalProperties: false });
const TENANT = compileSchema({
  type: 'object',
  properties: { 'x-tenant': { type: 'string' } },
  required: ['x-tenant'],
});

const NONE: HttpSchemas = { body: null, query: null, headers: null, response: null };
const BODY = { body: ORDER };
const PARAMETERS = { query: parameterSchema(PAGE, 'query'), headers: parameterSchema(TENANT, 'header') };

function described(schemas: Partial<HttpSchemas>, policy: JsonObject = {}): Route {
  const target: HttpTarget = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null };
  return httpRoute({ policy, target: { ...target, schemas: { ...NONE, ...schemas } } });
}

function ports(): ValidateHttpPorts & { counted: string[] } {
  const counted: string[] = [];
  const shadowCountFor: ValidateHttpPorts['shadowCountFor'] = (route, direction) => (rule, consumer) =>
    void counted.push(`${route} ${direction} ${rule} ${consumer}`);
  return { counted, clock: fakeClock(), bodyLimit: 64, shadowCountFor };
}

const post = (body: unknown, headers: string[] = ['content-type', 'application/json'], known = {}): RequestContext => {
  const bytes =
    typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  return contextOf({ method: 'POST', body: bytes, headers }, known);
};
const streamed = (...parts: string[]): RequestContext =>
  contextOf({ method: 'POST', body: Readable.from(parts.map((part) => Buffer.from(part))) });

/** What it is refused with: the code, and the broken rules as `rule pointer`. */
async function refused(route: Route, context: RequestContext): Promise<string[]> {
  const next = () => Promise.reject(new Error('it was forwarded'));
  const { code, context: why } = await refusal(validateHttp(route, ports()), context, next);
  const errors = (why as { errors?: FieldError[] }).errors ?? [];
  return [code, ...errors.map(({ rule, pointer }) => `${rule} ${pointer}`)];
}

describe('validateHttp', () => {
  test('lets right requests pass, with the bytes as they came', async () => {
    const text = ' {"item" :\t"tea","count":1.0}\n';
    for (const context of [post(text), streamed(text.slice(0, 9), text.slice(9))]) {
      let forwarded: unknown;
      const { status } = await run(validateHttp(described(BODY), ports()), context, ({ body }) => {
        forwarded = body;
        return answer();
      });
      expect([status, String(forwarded)]).toEqual([200, text]);
      context.takeBody();
      expect(canReplay(context)).toBe(true);
    }
  });

  test.each<[string, RequestContext, string[]]>([
    ['a wrong type', post({ item: 7 }), ['GW_INVALID_FIELD', 'type /item']],
    ['all that is wrong', post({ x: 1 }), ['GW_INVALID_FIELD', 'required /item', 'additionalProperties /x']],
    ['what streams', streamed('{"item"', ':7}'), ['GW_INVALID_FIELD', 'type /item']],
    ['a name twice', post('{"item":"a","item":"b"}'), ['GW_INVALID_FIELD', 'duplicate /item']],
    ['a prototype', post('{"__proto__":{}}'), ['GW_INVALID_FIELD', 'name /__proto__']],
    ['a number without a value', post('{"count":1e999}'), ['GW_INVALID_FIELD', 'range /count']],
    ['what is not JSON', post('{'), ['GW_BAD_BODY']],
    ['what is not UTF-8', post(Buffer.from([0x22, 0xff, 0x22])), ['GW_BAD_BODY']],
    ['no body', contextOf({ method: 'PATCH' }), ['GW_BAD_BODY']],
    ['another type', post({ item: 'a' }, ['content-type', 'text/plain']), ['GW_UNSUPPORTED_MEDIA_TYPE']],
    ['what is compressed', post('', ['content-encoding', 'gzip']), ['GW_UNSUPPORTED_MEDIA_TYPE']],
    ['what says it is too large', post({}, ['content-length', '65']), ['GW_BODY_TOO_LARGE']],
    ['what is too large', streamed('"', 'x'.repeat(64)), ['GW_BODY_TOO_LARGE']],
  ])('refuses %s', async (_, context, expected) => {
    expect(await refused(described(BODY), context)).toEqual(expected);
  });

  test('takes the bound of the policy, and leaves methods alone that have no body', async () => {
    const route = described(BODY, { maxBodyBytes: '8' });
    expect(await refused(route, post({ item: 'a' }))).toEqual(['GW_BODY_TOO_LARGE']);
    expect((await run(validateHttp(route, ports()), contextOf({ method: 'DELETE' }))).status).toBe(200);
  });

  test('checks the query and the headers that a schema names', async () => {
    const call = (query: string, headers: string[]) => contextOf({ headers }, { query, headers });
    const stage = validateHttp(described(PARAMETERS), ports());
    expect((await run(stage, call('page=2', ['x-tenant', 'a', 'accept', '*/*']))).status).toBe(200);
    expect((await run(stage, call('', ['x-tenant', 'a']))).status).toBe(200);
    const wrong = (query: string) => refused(described(PARAMETERS), call(query, []));
    expect(await wrong('page=x&a%20b=+')).toEqual([
      'GW_INVALID_FIELD',
      'additionalProperties query/a b',
      'type query/page',
      'required header/x-tenant',
    ]);
    expect(await wrong('page=1&page=2')).toContain('type query/page');
    expect(await wrong('page=%FF')).toEqual(['GW_INVALID_FIELD', 'encoding query']);
    expect(await wrong('&'.repeat(256))).toEqual(['GW_INVALID_FIELD', 'size query']);
  });

  test('is there only where something is to check', () => {
    expect(validateHttp(described({ response: ORDER }), ports())).toBeNull();
    expect(validateHttp(described(BODY, { validation: { mode: 'OFF' } }), ports())).toBeNull();
    expect(validateHttp(httpRoute(), ports())).toBeNull();
    expect(validateHttp(grpcRoute(), ports())).toBeNull();
  });
});

describe('validateHttp in shadow mode', () => {
  const shadow = described({ ...BODY, ...PARAMETERS }, { validation: { mode: 'SHADOW' } });
  const tenant = { headers: ['x-tenant', 'a'] };

  /** What was counted, and what went on. */
  async function watched(context: RequestContext): Promise<[counted: string[], forwarded: string]> {
    const counting = ports();
    let forwarded = '';
    await run(validateHttp(shadow, counting), context, async (each) => {
      const body = each.takeBody();
      forwarded = body === null ? '' : String(Buffer.isBuffer(body) ? body : await buffer(body));
      return answer();
    });
    return [counting.counted, forwarded];
  }

  test('counts each broken rule once, by who called, and lets pass', async () => {
    const wrong = { a: 1, b: 2 };
    const [counted, forwarded] = await watched(post(wrong, undefined, { ...tenant, principal: principal() }));
    expect(counted).toEqual(['test request required ada', 'test request additionalProperties ada']);
    expect(forwarded).toBe(JSON.stringify(wrong));
    expect(await watched(post('{', undefined, tenant))).toEqual([['test request GW_BAD_BODY anonymous'], '{']);
    expect((await watched(post({ item: 'a' }, [])))[0]).toEqual(['test request required anonymous']);
  });

  test('looks at what streams while it streams', async () => {
    const stream = (...parts: string[]) => Object.assign(streamed(...parts), tenant);
    expect(await watched(stream('{"item"', ':7}'))).toEqual([['test request type anonymous'], '{"item":7}']);
    expect(await watched(stream('{"item"', ':"a"}'))).toEqual([[], '{"item":"a"}']);
    const large = 'x'.repeat(65);
    expect(await watched(stream(large))).toEqual([['test request GW_BODY_TOO_LARGE anonymous'], large]);
  });

  test('doesn’t look into what it can’t read, and has nothing to look at without a body', async () => {
    const text = post('x', [], { headers: ['x-tenant', 'a', 'content-type', 'text/plain'] });
    expect(await watched(text)).toEqual([['test request GW_UNSUPPORTED_MEDIA_TYPE anonymous'], 'x']);
    expect(await watched(contextOf({}, tenant))).toEqual([[], '']);
    expect(await watched(contextOf({ method: 'POST' }, tenant))).toEqual([['test request GW_BAD_BODY anonymous'], '']);
  });
});
