import { Readable } from 'node:stream';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import type { Body } from '@gateway/pipeline';
import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { contextOf, endpoint, FORWARDING, METHOD, streamRoute } from '../pipeline.fixture';
import { forwardUpload } from './forward-upload';
import { ScriptedStream } from './grpc-stream.fixture';

const UP = { client: true, server: false };
const said = (allowed: boolean) => toBinary(METHOD.output, create(METHOD.output, { allowed }));

function call(
  body: Body,
  { streaming = UP, method = 'POST', headers = ['content-type', 'application/x-ndjson'] } = {},
) {
  const clock = fakeClock();
  const stream = new ScriptedStream();
  const route = streamRoute({ body: '*', timeoutMs: 700 }, streaming);
  const known = { endpoint: endpoint('a'), captures: ['bob'], path: '/x', headers };
  const context = contextOf({ method, body }, known);
  const forwarded = async () =>
    forwardUpload(route, route.target, { ...FORWARDING, clock, grpc: { stream: () => stream } })(context);
  return { clock, stream, context, answer: forwarded() };
}

const permissions = (stream: ScriptedStream) =>
  stream.sent.map((bytes) => fromBinary(METHOD.input, bytes)).map(({ subject, permission }) => [subject, permission]);

describe('forward to a method whose client streams', () => {
  test('sends a message a line, each with the fields of the path, and writes the one answer', async () => {
    const { stream, context, answer } = call(Buffer.from('{"permission":"r"}\n{"permission":"w"}\n'));
    await eventually(() => stream.ended);
    expect(permissions(stream)).toEqual([
      ['bob', 'r'],
      ['bob', 'w'],
    ]);
    stream.say(said(true), null);
    const { status, headers, body } = await answer;
    expect([status, headers, String(body)]).toEqual([200, ['content-type', 'application/json'], '{"allowed":true}']);
    expect(context.responseMessage).toMatchObject({ allowed: true });
  });

  test('has nothing to say without a body', async () => {
    const { stream, answer } = call(null);
    await eventually(() => stream.ended);
    stream.say(said(true), null);
    expect((await answer).status).toBe(200);
    await expect(call(null, { method: 'GET' }).answer).rejects.toMatchObject({ code: 'GW_UPGRADE_REQUIRED' });
  });

  test.each([
    ['no message', [null]],
    ['two', [said(true), said(true), null]],
  ])('%s instead of one is a broken upstream', async (_, what) => {
    const { stream, answer } = call(null);
    stream.say(...what);
    await expect(answer).rejects.toMatchObject({ code: 'GW_UPSTREAM_PROTOCOL' });
    expect(stream.cancelled).toBe(true);
  });

  test('reads as fast as the service takes it', async () => {
    let read = 0;
    const body = Readable.from(
      (function* () {
        for (read = 1; read <= 100; read++) yield Buffer.from('{"permission":"r"}\n');
      })(),
      { highWaterMark: 1 },
    );
    const { stream, answer } = call(body);
    stream.hasRoom = false;
    await eventually(() => stream.sent.length === 1);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(read).toBeLessThan(10);
    stream.makeRoom();
    await eventually(() => stream.ended);
    stream.say(said(true), null);
    await answer;
    expect(stream.sent).toHaveLength(100);
  });

  test('a message that is wrong ends the call, and is the answer', async () => {
    const { stream, answer } = call(Buffer.from('{"permission":"r"}\n{"permission":1}\n{}\n'));
    await expect(answer).rejects.toMatchObject({ code: 'GW_INVALID_FIELD' });
    expect(stream.cancelled).toBe(true);
    expect(stream.sent).toHaveLength(1);
  });

  test('rules hold for each message', async () => {
    const stream = new ScriptedStream();
    const route = streamRoute({ body: '*' }, UP);
    const broken = [{ pointer: '/permission', rule: 'string.min_len', detail: 'must be longer' }];
    const request = { check: (each: unknown) => ((each as { permission: string }).permission === '' ? broken : null) };
    const target = { ...route.target, rules: { request, response: null } };
    const context = contextOf(
      { method: 'POST', body: Buffer.from('{"permission":"r"}\n{}\n') },
      { endpoint: endpoint('a'), captures: ['bob'] },
    );
    const ports = { ...FORWARDING, clock: fakeClock(), grpc: { stream: () => stream } };
    await expect((async () => forwardUpload({ ...route, target }, target, ports)(context))()).rejects.toMatchObject({
      code: 'GW_INVALID_FIELD',
      context: { errors: [{ pointer: '/permission', rule: 'string.min_len' }] },
    });
    expect(permissions(stream)).toEqual([['bob', 'r']]);
  });

  test('what the service says before the client has ended counts', async () => {
    const endless = new Readable({ read: () => undefined });
    const { stream, answer } = call(endless);
    stream.say(new GrpcCallError(GrpcStatus.FAILED_PRECONDITION, 'enough', false, []));
    await expect(answer).rejects.toMatchObject({ code: 'GW_FAILED_PRECONDITION' });
    endless.push('{}\n');
    await eventually(() => endless.destroyed);
    expect(stream.sent).toHaveLength(0);
    const broken = new Readable({ read: () => undefined });
    const other = call(broken);
    other.stream.say(said(true), null);
    expect((await other.answer).status).toBe(200);
    broken.destroy(new Error('gone'));
    await eventually(() => broken.closed);
  });

  test("the route's time counts from the end of what the client says", async () => {
    const body = new Readable({ read: () => undefined });
    const { clock, stream, answer } = call(body);
    await eventually(() => body.listenerCount('readable') > 0);
    clock.advance(10_000);
    body.push(null);
    await eventually(() => stream.ended && clock.pending > 0);
    clock.advance(700);
    await expect(answer).rejects.toMatchObject({ code: 'GW_TIMEOUT' });
  });

  test('is lines of JSON, and nothing else', async () => {
    const headers = ['content-type', 'application/json'];
    await expect(call(Buffer.from('{}'), { headers }).answer).rejects.toMatchObject({
      code: 'GW_UNSUPPORTED_MEDIA_TYPE',
    });
    const untyped = call(Buffer.from('{}'), { headers: [] });
    untyped.stream.say(said(true), null);
    expect((await untyped.answer).status).toBe(200);
  });

  test('takes content as it comes where a message holds content', async () => {
    const stream = new ScriptedStream();
    const route = streamRoute({ body: '*' }, UP);
    const transcoder = {
      ...route.target.transcoder,
      accepts: () => true,
      decode: ({ body, contentType }: { body: Buffer | null; contentType?: string }) =>
        create(METHOD.input, { subject: String(body), permission: contentType }),
    };
    const body = Readable.from([Buffer.from('a\nb'), Buffer.from('\n')]);
    const known = { endpoint: endpoint('a'), captures: ['bob'], headers: ['content-type', 'text/csv'] };
    const context = contextOf({ method: 'POST', body }, known);
    const ports = { ...FORWARDING, clock: fakeClock(), grpc: { stream: () => stream } };
    const answer = forwardUpload(route, { ...route.target, transcoder }, ports)(context);
    await eventually(() => stream.ended);
    stream.say(said(true), null);
    await answer;
    expect(permissions(stream)).toEqual([
      ['a\nb', 'text/csv'],
      ['\n', 'text/csv'],
    ]);
  });

  test('is answered with a stream when the service streams, too', async () => {
    const { stream, answer } = call(Buffer.from('{}\n'), { streaming: { client: true, server: true } });
    stream.say(said(true), said(false), null);
    let text = '';
    for await (const chunk of (await answer).body as Readable) text += String(chunk);
    expect(text).toBe('{"allowed":true}\n{"allowed":false}\n');
  });
});
