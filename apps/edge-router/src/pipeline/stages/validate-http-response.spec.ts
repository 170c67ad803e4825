import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import { compileSchema } from '@gateway/json-schema';
import type { EdgeResponse } from '@gateway/pipeline';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, grpcRoute, httpRoute, refusal, run } from '../../pipeline.fixture';
import type { HttpTarget, Route } from '../route';
import type { ValidateHttpPorts } from './validate-http';
import { validateHttpResponse } from './validate-http-response';

const response = compileSchema({ type: 'object', properties: { receipt: { type: 'string' } }, required: ['receipt'] });

function described(mode: string): Route {
  const schemas = { body: null, query: null, headers: null, response };
  const target: HttpTarget = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null, schemas };
  return httpRoute({ policy: { validation: { response: mode } }, target });
}

const clock = fakeClock();
function ports(): ValidateHttpPorts & { counted: string[] } {
  const counted: string[] = [];
  return {
    counted,
    clock,
    bodyLimit: 32,
    shadowCountFor: (route, direction) => (rule) => void counted.push(`${route} ${direction} ${rule}`),
  };
}

const JSON_HEADERS = ['content-type', 'application/json'];
const whole = (text: string, given: Partial<EdgeResponse> = {}) =>
  answer({ headers: [...JSON_HEADERS], body: Buffer.from(text), ...given });
const streamed = (...parts: string[]) =>
  whole('', { body: Readable.from(parts.map((part) => Buffer.from(part))) as EdgeResponse['body'] });
const text = async ({ body }: EdgeResponse) => String(Buffer.isBuffer(body) ? body : await buffer(body as Readable));

const RIGHT = '{"receipt" : "r"}';
const UNDESCRIBED: [string, EdgeResponse][] = [
  ['a failure', whole('{}', { status: 404 })],
  ['a redirect', whole('{}', { status: 302 })],
  ['a piece', whole('"rec', { status: 206 })],
  ['nothing', answer({ status: 204 })],
];

describe('validateHttpResponse', () => {
  const stage = validateHttpResponse(described('ENFORCE'), ports());

  test('lets right responses pass, with the bytes as they came', async () => {
    expect(await text(await run(stage, contextOf(), () => whole(RIGHT)))).toBe(RIGHT);
    expect(await text(await run(stage, contextOf(), () => streamed(RIGHT.slice(0, 5), RIGHT.slice(5))))).toBe(RIGHT);
  });

  test.each(UNDESCRIBED)('says nothing of %s', async (_, given) => {
    expect(await run(stage, contextOf(), () => given)).toBe(given);
  });

  test.each<[string, () => EdgeResponse]>([
    ['a wrong one', () => whole('{}')],
    ['what is not JSON', () => streamed('<html>')],
    ['another type', () => whole(RIGHT, { headers: ['content-type', 'text/html'] })],
    ['no type', () => whole(RIGHT, { headers: [] })],
    ['what is compressed', () => whole(RIGHT, { headers: [...JSON_HEADERS, 'content-encoding', 'gzip'] })],
    ['what is too large', () => streamed('x'.repeat(33))],
  ])('blames the upstream for %s', async (_, given) => {
    const bad = given();
    expect((await refusal(stage, contextOf(), () => bad)).code).toBe('GW_UPSTREAM_PROTOCOL');
    if (bad.body instanceof Readable) expect(bad.body.destroyed).toBe(true);
  });

  test('says what is broken to the log', async () => {
    const { context } = await refusal(stage, contextOf(), () => whole('{}'));
    expect(context.cause).toEqual({ broken: [expect.objectContaining({ rule: 'required', pointer: '/receipt' })] });
  });

  test('waits no longer than the deadline, and passes on why a response broke off', async () => {
    const open = () => whole('', { body: new PassThrough() as EdgeResponse['body'] });
    const late = refusal(stage, contextOf({}, { deadlineAt: clock.monotonic() + 10 }), open);
    clock.advance(10);
    expect((await late).code).toBe('GW_TIMEOUT');
    const broken = new PassThrough();
    const reading = refusal(stage, contextOf(), () => whole('', { body: broken as EdgeResponse['body'] }));
    broken.destroy(new GatewayError('GW_TIMEOUT'));
    expect((await reading).code).toBe('GW_TIMEOUT');
  });

  test('is there only where something is to check', () => {
    expect(validateHttpResponse(described('OFF'), ports())).toBeNull();
    expect(validateHttpResponse(described('UNSPECIFIED'), ports())).toBeNull();
    expect(validateHttpResponse(httpRoute({ policy: { validation: { response: 'ENFORCE' } } }), ports())).toBeNull();
    expect(validateHttpResponse(grpcRoute(), ports())).toBeNull();
  });
});

describe('validateHttpResponse in shadow mode', () => {
  async function watched(given: EdgeResponse): Promise<[counted: string[], passed: string]> {
    const counting = ports();
    const passed = await run(validateHttpResponse(described('SHADOW'), counting), contextOf(), () => given);
    const through = await text(passed);
    return [counting.counted, through];
  }

  test('counts, and lets pass', async () => {
    expect(await watched(whole('{}'))).toEqual([['test response required'], '{}']);
    expect(await watched(whole(RIGHT))).toEqual([[], RIGHT]);
    expect(await watched(whole('x'.repeat(33)))).toEqual([['test response GW_BODY_TOO_LARGE'], 'x'.repeat(33)]);
    const html = whole('<p>', { headers: ['content-type', 'text/html'] });
    expect(await watched(html)).toEqual([['test response GW_UNSUPPORTED_MEDIA_TYPE'], '<p>']);
  });

  test('looks at what streams while it streams', async () => {
    expect(await watched(streamed('{', '}'))).toEqual([['test response required'], '{}']);
    expect(await watched(streamed('x'.repeat(33)))).toEqual([['test response GW_BODY_TOO_LARGE'], 'x'.repeat(33)]);
  });
});
