import { PassThrough } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import type { EdgeRequest } from '@gateway/pipeline';
import { frame } from '@gateway/rpc-protocols';
import { fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { answer, contextOf, grpcRoute, httpRoute, METHOD, refusal, rpcRoute, run } from '../../pipeline.fixture';
import { rescueResponse } from '../../rescue';
import type { RequestContext } from '../context';
import { rpcFormat } from '../rpc/rpc-format';
import { deadline } from './deadline';
import { decode } from './decode';
import { describeSpeak, speak } from './speak';

const REQUEST = Buffer.from(toBinary(METHOD.input, create(METHOD.input, { subject: 'ada' })));
const RESPONSE = Buffer.from(toBinary(METHOD.output, create(METHOD.output, { allowed: true })));
const PORTS = { clock: fakeClock(), bodyLimit: 100 };

/** A call to the RPC's path. */
function calling(type: string | null, given: Partial<EdgeRequest> = {}, known: Partial<RequestContext> = {}) {
  const headers = type === null ? [] : ['content-type', type];
  const request = { method: 'POST', version: '2' as const, ...given, headers: [...headers, ...(given.headers ?? [])] };
  const live = { route: rpcRoute(), handler: () => answer() };
  return contextOf(request, { live, headers: request.headers, ...known });
}

const respond = () => answer({ headers: ['x-shelf', 'b4'], body: RESPONSE, trailers: () => ['x-took', '1'] });

describe('speak', () => {
  test('is for the routes of RPC clients alone', () => {
    expect(speak(grpcRoute())).toBeNull();
    expect(speak(httpRoute())).toBeNull();
  });

  test('tells how a request would be read', () => {
    expect(describeSpeak(rpcRoute(), calling('application/grpc'))).toEqual({ protocol: 'grpc', messages: 'proto' });
    expect(describeSpeak(rpcRoute(), calling('text/plain'))).toEqual({ protocol: null, messages: null });
  });

  test('answers in the protocol of the client', async () => {
    const { headers, body, trailers } = await run(speak(rpcRoute()), calling('application/grpc'), respond);
    expect(headers.slice(0, 2)).toEqual(['content-type', 'application/grpc+proto']);
    expect([body, trailers!()]).toEqual([frame(0, RESPONSE), ['grpc-status', '0', 'x-took', '1']]);
    const web = await run(speak(rpcRoute()), calling('application/grpc-web'), () => answer({ body: RESPONSE }));
    expect(web).not.toHaveProperty('trailers');
  });

  test('writes JSON of the message that is known, or of the bytes', async () => {
    for (const responseMessage of [null, create(METHOD.output, { allowed: true })]) {
      const { body } = await run(speak(rpcRoute()), calling('application/json', {}, { responseMessage }), respond);
      expect(JSON.parse(String(body))).toEqual({ allowed: true });
    }
    const broken = () => answer({ body: Buffer.of(0xff) });
    expect(await refusal(speak(rpcRoute()), calling('application/json'), broken)).toMatchObject({
      code: 'GW_UPSTREAM_PROTOCOL',
    });
  });

  test.each([
    ['text/plain', '2', 'GW_UNSUPPORTED_MEDIA_TYPE'],
    [null, '2', 'GW_UNSUPPORTED_MEDIA_TYPE'],
    ['application/connect+json', '2', 'GW_UNSUPPORTED_MEDIA_TYPE'],
    ['application/grpc', '1.1', 'GW_HTTP_VERSION'],
  ] as const)('refuses %s over HTTP/%s', async (type, version, code) => {
    expect(await refusal(speak(rpcRoute()), calling(type, { version }))).toMatchObject({ code });
  });
});

describe('the format of a client', () => {
  test('is looked for once', () => {
    const context = calling('application/grpc');
    expect(rpcFormat(context)).toMatchObject({ codec: 'proto' });
    context.headers = [];
    expect(rpcFormat(context)).toMatchObject({ codec: 'proto' });
    const none = calling('text/plain');
    expect(rpcFormat(none)).toBeNull();
    none.headers = ['content-type', 'application/grpc'];
    expect(rpcFormat(none)).toBeNull();
  });

  test('is one of RPC off its routes only when nothing else can be meant', () => {
    const rest = { live: { route: grpcRoute(), handler: () => answer() } };
    expect(rpcFormat(calling('application/json', {}, rest))).toBeNull();
    expect(rpcFormat(calling('application/json', {}, { live: null }))).toBeNull();
    expect(rpcFormat(calling('application/grpc', {}, { live: null }))).toMatchObject({ protocol: { name: 'grpc' } });
    expect(rpcFormat(calling('application/connect+json', {}, { live: null }))).not.toBeNull();
  });
});

describe('decode, for RPC clients', () => {
  const read = async (context: RequestContext) => {
    await run(decode(rpcRoute(), PORTS), context);
    return context.message;
  };

  test('takes the message out of the body, in whichever form', async () => {
    const stream = new PassThrough();
    stream.end(frame(0, REQUEST));
    const json = Buffer.from('{"subject":"ada"}');
    const query = `encoding=json&message=${encodeURIComponent(String(json))}`;
    for (const context of [
      calling('application/grpc', { body: frame(0, REQUEST) }),
      calling('application/grpc', { body: stream }),
      calling('application/grpc+json', { body: frame(0, json) }),
      calling('application/json', { body: json }),
      calling(null, { method: 'GET' }, { query }),
    ])
      expect(await read(context)).toMatchObject({ subject: 'ada' });
  });

  test('once', async () => {
    const context = calling('application/proto', { body: REQUEST });
    expect(await read(context)).toBe(await read(context));
  });

  test.each([
    ['bytes that are no message', calling('application/proto', { body: Buffer.of(0xff) }), 'GW_BAD_BODY'],
    ['a field that is none', calling('application/json', { body: Buffer.from('{"a":1}') }), 'GW_INVALID_FIELD'],
    ['too many bytes', calling('application/proto', { body: Buffer.alloc(101) }), 'GW_BODY_TOO_LARGE'],
    [
      'an announcement of them',
      calling('application/proto', { headers: ['content-length', '101'] }),
      'GW_BODY_TOO_LARGE',
    ],
  ])('refuses %s', async (_, context, code) => {
    expect(await refusal(decode(rpcRoute(), PORTS), context)).toMatchObject({ code });
  });
});

test('an RPC client may want an earlier end than the route allows, not a later one', async () => {
  const endOf = async (timeoutMs: number, ...headers: string[]) => {
    const context = calling('application/grpc', { headers });
    await run(deadline(rpcRoute({ timeoutMs })), context);
    return context.deadlineAt;
  };
  expect(await endOf(500, 'grpc-timeout', '200m')).toBe(200);
  expect(await endOf(500, 'grpc-timeout', '2S')).toBe(500);
  expect(await endOf(500)).toBe(500);
  expect(await endOf(Infinity, 'grpc-timeout', '2S')).toBe(2_000);
  const wrong = calling('application/grpc', { headers: ['grpc-timeout', 'soon'] });
  expect(await refusal(deadline(rpcRoute()), wrong)).toMatchObject({ code: 'GW_BAD_REQUEST' });
});

test('errors are answered in the protocol of the client', () => {
  const answerTo = (context: RequestContext) => rescueResponse(new Error('bug'), context);
  expect(answerTo(calling('application/grpc')).headers).toEqual(expect.arrayContaining(['grpc-status', '13']));
  expect(answerTo(calling('application/grpc', {}, { live: null })).headers).toContain('grpc-status');
  expect(answerTo(calling('application/json'))).toMatchObject({
    status: 500,
    headers: expect.arrayContaining(['application/json']),
  });
  expect(answerTo(calling('text/plain')).headers).toContain('application/problem+json');
});
