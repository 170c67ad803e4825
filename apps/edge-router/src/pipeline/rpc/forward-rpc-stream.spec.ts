import type { Readable } from 'node:stream';
import { create, fromBinary, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { GatewayError } from '@gateway/errors';
import { GrpcCallError, type StreamOptions } from '@gateway/grpc-pool';
import type { EdgeRequest } from '@gateway/pipeline';
import { COMPRESSED, frame } from '@gateway/rpc-protocols';
import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { answer, contextOf, endpoint, METHOD, FORWARDING, rpcRoute } from '../../pipeline.fixture';
import type { RequestContext } from '../context';
import { ScriptedStream } from '../grpc-stream.fixture';
import type { GrpcTarget } from '../route';
import { forwardRpcStream } from './forward-rpc-stream';

const asked = (subject: string) => Buffer.from(toBinary(METHOD.input, create(METHOD.input, { subject })));
const said = (allowed: boolean) => Buffer.from(toBinary(METHOD.output, create(METHOD.output, { allowed })));

interface Given {
  readonly streaming?: NonNullable<GrpcTarget['streaming']>;
  readonly policy?: JsonObject;
  readonly rules?: Partial<NonNullable<GrpcTarget['rules']>>;
  readonly type?: string;
  readonly request?: Partial<EdgeRequest>;
  readonly known?: Partial<RequestContext>;
  /** The service's head. */
  readonly head?: Promise<string[]>;
}

/** A call whose service the test plays. */
function call({
  streaming = { client: false, server: true },
  policy,
  rules,
  type = 'application/grpc',
  ...given
}: Given = {}) {
  const route = rpcRoute({ policy });
  const target = { ...(route.target as GrpcTarget), streaming, rules: { request: null, response: null, ...rules } };
  const headers = ['content-type', type, ...(given.request?.headers ?? [])];
  const context = contextOf(
    { method: 'POST', version: '2', ...given.request, headers },
    {
      live: { route: { ...route, target }, handler: () => answer() },
      headers,
      endpoint: endpoint('a'),
      message: streaming.client ? null : create(METHOD.input, { subject: 'ada' }),
      ...given.known,
    },
  );
  const stream = new ScriptedStream();
  if (given.head !== undefined) stream.headers = given.head;
  const clock = fakeClock();
  const opened: StreamOptions[] = [];
  const grpc = { stream: (_: unknown, __: string, options: StreamOptions) => (opened.push(options), stream) };
  const response = Promise.resolve(
    forwardRpcStream({ ...route, target }, target, { ...FORWARDING, clock, grpc })(context),
  );
  return { context, stream, clock, opened, response };
}

async function bodyOf(body: unknown): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as Readable) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const BOTH = { client: true, server: true };

describe('a stream of an RPC client', () => {
  test("carries the service's bytes as they came, and the status behind them", async () => {
    const { stream, response, context, opened } = call();
    stream.say(said(true), said(false), null);
    const { status, body, trailers, failure } = await response;
    expect(await bodyOf(body)).toEqual(Buffer.concat([frame(0, said(true)), frame(0, said(false))]));
    expect([status, trailers!(), failure!()]).toEqual([200, ['grpc-status', '0'], null]);
    expect([stream.ended, stream.sent.map((bytes) => fromBinary(METHOD.input, bytes).subject)]).toEqual([
      true,
      ['ada'],
    ]);
    expect([context.responseMessage, opened[0]!.deadlineMs]).toEqual([null, undefined]);
  });

  test('is as long as the client gives it', () => {
    const within = (known: Partial<RequestContext>) =>
      call({ request: { headers: ['grpc-timeout', '2S'] }, known }).opened[0]!.deadlineMs;
    expect(within({})).toBe(2_000);
  });

  test('is looked into by rules, and publishes at its end', async () => {
    let ended = 0;
    const rules = { response: { check: () => null } as never };
    const known = { atStreamEnd: () => Promise.resolve(void ended++) };
    const { stream, response, context } = call({ rules, known });
    stream.say(said(true), null);
    await bodyOf((await response).body);
    expect([ended, context.responseMessage]).toEqual([1, expect.objectContaining({ allowed: true })]);
    const emitting = call({ policy: { emits: [{ event: 'checked', fields: ['allowed'] }] } });
    emitting.stream.say(said(true), null);
    await bodyOf((await emitting.response).body);
    expect(emitting.context.responseMessage).toMatchObject({ allowed: true });
  });

  test('that breaks a rule ends with that', async () => {
    const rules = { response: { check: () => [{ pointer: '/allowed', rule: 'r', detail: 'd' }] } as never };
    const { stream, response, context } = call({ rules, type: 'application/grpc-web' });
    stream.say(said(true), null);
    const { body, trailers, failure } = await response;
    expect(String(await bodyOf(body))).toContain('grpc-status: 14');
    expect([trailers, failure!(), context.error]).toEqual([undefined, expect.any(GatewayError), failure!()]);
  });

  test('that fails before its head is answered like any call, and ended', async () => {
    const { stream, response } = call({ head: Promise.reject(new GrpcCallError(5, 'no tea', false, [])) });
    await expect(response).rejects.toMatchObject({ code: 'GW_NOT_FOUND', context: { detail: 'no tea' } });
    expect(stream.cancelled).toBe(true);
  });

  test('that nobody reads any more ends the call', async () => {
    const { stream, response } = call();
    const { body } = await response;
    (body as Readable).destroy();
    await eventually(() => expect(stream.cancelled).toBe(true));
  });
});

describe('a client that streams', () => {
  const body = Buffer.concat([frame(0, asked('a')), frame(0, asked('b'))]);

  test('says nothing, or all of it at once', async () => {
    for (const [given, count] of [
      [null, 0],
      [body, 2],
    ] as const) {
      const { stream } = call({ streaming: BOTH, request: { body: given } });
      await eventually(() => expect([stream.sent.length, stream.ended]).toEqual([count, true]));
    }
  });

  test('waits until the service has room', async () => {
    const { stream } = call({ streaming: BOTH, request: { body } });
    stream.hasRoom = false;
    await eventually(() => expect(stream.sent).toHaveLength(1));
    stream.makeRoom();
    await eventually(() => expect(stream.ended).toBe(true));
  });

  test('is told what is wrong with what it said, not that its call was cancelled', async () => {
    const wrong = Buffer.concat([frame(0, asked('a')), frame(COMPRESSED, asked('b'))]);
    const { stream, response } = call({ streaming: BOTH, request: { body: wrong } });
    const { body: answered, trailers } = await response;
    await bodyOf(answered);
    expect([stream.cancelled, trailers!()]).toEqual([true, expect.arrayContaining(['grpc-status', '12'])]);
  });

  test('has each message checked', async () => {
    const rules = { request: { check: () => [{ pointer: '/subject', rule: 'r', detail: 'd' }] } as never };
    const { response } = call({ streaming: BOTH, request: { body }, rules });
    const { body: answered, trailers } = await response;
    await bodyOf(answered);
    expect(trailers!()).toEqual(expect.arrayContaining(['grpc-status', '3']));
  });
});
