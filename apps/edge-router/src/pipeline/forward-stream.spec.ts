import type { Readable } from 'node:stream';
import { create, toBinary } from '@bufbuild/protobuf';
import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError, type StreamOptions } from '@gateway/grpc-pool';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import { fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { contextOf, edgeRequest, endpoint, METHOD, METHOD_PATH, FORWARDING, streamRoute } from '../pipeline.fixture';
import type { Endpoint } from '../upstreams/endpoint';
import { RequestContext } from './context';
import { forwardStream } from './forward-stream';
import { ScriptedStream } from './grpc-stream.fixture';

const a = endpoint('a');
const said = (allowed: boolean) => toBinary(METHOD.output, create(METHOD.output, { allowed }));
const message = create(METHOD.input, { subject: 'bob' });
const failure = (status: number) => new GrpcCallError(status, 'because', false, []);

function call(known: Parameters<typeof contextOf>[1] = {}, headers: string[] = [], route = streamRoute()) {
  const clock = fakeClock();
  const stream = new ScriptedStream();
  const calls: { to: Endpoint; path: string; options: StreamOptions }[] = [];
  const grpc = {
    stream: (to: Endpoint, path: string, options: StreamOptions) => {
      calls.push({ to, path, options });
      return stream;
    },
  };
  const context = contextOf({}, { message, endpoint: a, path: '/x', headers, ...known });
  const forwarded = forwardStream(route, route.target, { ...FORWARDING, clock, grpc })(context);
  return { clock, stream, calls, context, answer: Promise.resolve(forwarded) };
}

async function textOf({ body }: EdgeResponse): Promise<string> {
  let text = '';
  for await (const chunk of body as Readable) text += String(chunk);
  return text;
}

describe('forward to a method whose service streams', () => {
  test("sends the request's message with the caller's identity, and writes each answer on a line", async () => {
    const { stream, calls, context, answer } = call();
    stream.say(said(true), said(false), null);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(getHeader(response.headers, 'content-type')).toBe('application/x-ndjson');
    expect(await textOf(response)).toBe('{"allowed":true}\n{"allowed":false}\n');
    expect(response.failure!()).toBeNull();
    expect(context.responseMessage).toMatchObject({ allowed: false });
    expect(calls[0]).toMatchObject({ to: a, path: METHOD_PATH, options: { metadata: ['x-request-id', 'r1'] } });
    expect(calls[0]!.options.deadlineMs).toBeUndefined();
    expect(stream.sent.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(['0a03626f62']);
    expect(stream.ended).toBe(true);
  });

  test('writes events for a client that asks for them', async () => {
    const { stream, answer } = call({}, ['accept', 'text/event-stream']);
    stream.say(said(true), failure(GrpcStatus.UNAVAILABLE));
    const response = await answer;
    const text = await textOf(response);
    expect(text).toMatch(/^retry: 3000\n\nid: 1\ndata: \{"allowed":true\}\n\nevent: error\ndata: \{.*\}\n\n$/);
  });

  test('goes on behind the last event that the client has read, and tells the service', async () => {
    const { stream, calls, answer } = call({}, ['accept', 'text/event-stream', 'last-event-id', '41']);
    stream.say(said(true), null);
    expect(await textOf(await answer)).toContain('id: 42\ndata: ');
    expect(calls[0]!.options.metadata).toEqual(['x-request-id', 'r1', 'last-event-id', '41']);
  });

  test('goes on where the service says that it does', async () => {
    const { stream, answer } = call({}, ['accept', 'text/event-stream', 'last-event-id', '41']);
    stream.headers = Promise.resolve(['last-event-id', '39']);
    stream.say(said(true), null);
    expect(await textOf(await answer)).toContain('id: 40\ndata: ');
  });

  test('has a client that comes back for more stop when there is no more', async () => {
    const { stream, answer } = call({}, ['accept', 'text/event-stream', 'last-event-id', '41']);
    stream.say(null);
    const { status, headers, body } = await answer;
    expect([status, body, getHeader(headers, 'content-type')]).toEqual([204, null, undefined]);
    expect(getHeader(headers, 'cache-control')).toBe('no-store');
  });

  test('writes content as it is', async () => {
    const route = streamRoute();
    const output = { ...METHOD.output, typeName: 'google.api.HttpBody' };
    const method = { ...route.target.method, output } as typeof METHOD;
    const { stream, answer } = call({}, ['accept', 'text/event-stream'], {
      ...route,
      target: {
        ...route.target,
        method,
        transcoder: {
          ...route.target.transcoder,
          fromWire: (bytes) => ({ bytes }) as never,
          contentTypeOf: () => 'text/csv',
          encode: (content) => Buffer.from((content as unknown as { bytes: Uint8Array }).bytes),
        },
      },
    });
    stream.say(Buffer.from('a,b\n'), Buffer.from('1,2\n'), null);
    const response = await answer;
    expect(getHeader(response.headers, 'content-type')).toBe('text/csv');
    expect(await textOf(response)).toBe('a,b\n1,2\n');
  });

  test('knows content in a field, too', async () => {
    const route = streamRoute();
    for (const responseBody of ['allowed', 'validUntil']) {
      const target = { ...route.target, binding: { body: '', responseBody } };
      const { stream, answer } = call({}, [], { ...route, target });
      stream.say(said(true), null);
      expect(getHeader((await answer).headers, 'content-type')).toBe('application/x-ndjson');
    }
  });

  test('passes the headers on that the policy names', async () => {
    const route = streamRoute({ policy: { transcoding: { responseHeaders: ['x-total'] } } });
    const { stream, answer } = call({}, [], route);
    stream.headers = Promise.resolve(['x-total', '3', 'x-other', '4']);
    stream.say(said(true), null);
    const { headers } = await answer;
    expect([getHeader(headers, 'x-total'), getHeader(headers, 'x-other')]).toEqual(['3', undefined]);
  });

  test('a failure before the first message is an ordinary one', async () => {
    const { stream, answer } = call();
    stream.say(failure(GrpcStatus.NOT_FOUND));
    await expect(answer).rejects.toMatchObject({ code: 'GW_NOT_FOUND', context: { detail: 'because' } });
    const broken = call();
    broken.stream.say(Buffer.from([0xff]));
    await expect(broken.answer).rejects.toMatchObject({ code: 'GW_UPSTREAM_PROTOCOL' });
    expect(broken.stream.cancelled).toBe(true);
  });

  test('a failure behind it is the last line, is logged, and is what the call has ended with', async () => {
    const { stream, context, answer } = call();
    stream.say(said(true), failure(GrpcStatus.UNAVAILABLE));
    const response = await answer;
    const [first, last] = (await textOf(response)).trim().split('\n');
    expect(first).toBe('{"allowed":true}');
    expect(JSON.parse(last!)).toEqual({
      error: expect.objectContaining({ code: 'GW_UNAVAILABLE', status: 503, instance: '/x', requestId: 'r1' }),
    });
    expect(response.failure!()).toMatchObject({ code: 'GW_UNAVAILABLE' });
    expect(context.error).toMatchObject({ code: 'GW_UNAVAILABLE' });
  });

  test("the route's time is for the first message alone", async () => {
    const late = call({ deadlineAt: 700 });
    late.clock.advance(700);
    await expect(late.answer).rejects.toMatchObject({ code: 'GW_TIMEOUT' });
    expect(late.stream.cancelled).toBe(true);
    const { clock, stream, answer } = call({ deadlineAt: 700 });
    stream.say(said(true));
    const response = await answer;
    clock.advance(10_000);
    stream.say(said(true), null);
    expect(await textOf(response)).toBe('{"allowed":true}\n{"allowed":true}\n');
  });

  test('does what the end calls for before the end is seen, and not when the stream failed', async () => {
    const done: string[] = [];
    const atStreamEnd = async (): Promise<void> => void done.push('told');
    const { stream, answer } = call({ atStreamEnd });
    stream.say(said(true));
    const response = await answer;
    expect(done).toEqual([]);
    stream.say(null);
    await textOf(response);
    expect(done).toEqual(['told']);
    const failed = call({ atStreamEnd });
    failed.stream.say(said(true), failure(GrpcStatus.INTERNAL));
    await textOf(await failed.answer);
    expect(done).toEqual(['told']);
  });

  test('ends when the client goes', async () => {
    const { stream, calls, answer } = call();
    stream.say(said(true));
    const response = await answer;
    (response.body as Readable).destroy();
    expect(stream.cancelled).toBe(true);
    const request = edgeRequest();
    const context = Object.assign(new RequestContext(request, 0), { message, endpoint: a });
    const route = streamRoute();
    let cancelled = false;
    const grpc = {
      stream: (_to: Endpoint, _path: string, { onCancel }: StreamOptions) => {
        onCancel!(() => (cancelled = true));
        return new ScriptedStream();
      },
    };
    void forwardStream(route, route.target, { ...FORWARDING, clock: fakeClock(), grpc })(context);
    request.cancel();
    expect(cancelled).toBe(true);
    expect(calls).toHaveLength(1);
  });

  test('says so when there is no call to be had', () => {
    const route = streamRoute();
    const grpc = {
      stream: (): never => {
        throw new GrpcCallError(GrpcStatus.UNAVAILABLE, 'No connection established', true, []);
      },
    };
    const handler = forwardStream(route, route.target, { ...FORWARDING, clock: fakeClock(), grpc });
    expect(() => handler(contextOf({}, { message, endpoint: a }))).toThrow(
      expect.objectContaining({ code: 'GW_UNAVAILABLE', cause: expect.objectContaining({ refused: true }) }),
    );
  });

  test('has its call heard by whoever listens', async () => {
    const route = streamRoute();
    const [stream, heard] = [new ScriptedStream(), new ScriptedStream()];
    const context = contextOf({}, { message, endpoint: a, path: '/x' });
    context.listenTo = (attempt, listened) => (attempt === context && listened === stream ? heard : stream);
    const grpc = { stream: () => stream };
    const answer = forwardStream(route, route.target, { ...FORWARDING, clock: fakeClock(), grpc })(context);
    heard.say(said(true), null);
    expect(await textOf(await answer)).toBe('{"allowed":true}\n');
  });

  test('asks whoever plays the service, and no endpoint', async () => {
    const route = streamRoute();
    const stream = new ScriptedStream();
    const grpc = {
      stream: (): never => {
        throw new Error('the service is played');
      },
    };
    const ports = { ...FORWARDING, clock: fakeClock(), grpc, openStream: () => stream };
    const answer = forwardStream(route, route.target, ports)(contextOf({}, { message, path: '/x' }));
    stream.say(said(true), null);
    expect(await textOf(await answer)).toBe('{"allowed":true}\n');
    expect(stream.sent).toHaveLength(1);
  });

  test('refuses a message that breaks a rule, in the stream too', async () => {
    const route = streamRoute();
    const broken = [{ pointer: '/allowed', rule: 'const', detail: 'must be true' }];
    const response = { check: (each: unknown) => ((each as { allowed: boolean }).allowed ? null : broken) };
    const rules = { request: null, response } as never;
    const enforcing = { ...route, target: { ...route.target, rules } };
    const { stream, answer } = call({}, [], enforcing);
    stream.say(said(true), said(false));
    const text = await textOf(await answer);
    expect(text).toContain('GW_UPSTREAM_PROTOCOL');
    expect(stream.cancelled).toBe(true);
  });
});
