import { create, type JsonObject, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { parseScenario, ScenarioPlayer } from '@gateway/mocking';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { contextOf, endpoint, grpcRoute, httpRoute, METHOD, streamRoute } from '../pipeline.fixture';
import { ScriptedStream } from '../pipeline/grpc-stream.fixture';
import { isRecordable, Recorder } from './recorder';

const route = grpcRoute();
if (!isRecordable(route)) throw new Error('a route to gRPC can be recorded');
const path = 'gateway.auth.v1.AuthProxyService/CheckPermission';

let clock: FakeClock;
let recorder: Recorder;

beforeEach(() => {
  clock = fakeClock();
  recorder = new Recorder(clock);
});

const call = (subject: string, answer?: MessageInitShape<typeof METHOD.output>) =>
  contextOf(
    {},
    {
      message: create(METHOD.input, { subject }),
      responseMessage: answer === undefined ? null : create(METHOD.output, answer),
    },
  );

/** Replays what was recorded. */
function replay(scope = route) {
  const player = new ScenarioPlayer(parseScenario(recorder.scenario(scope)!, 'tape'));
  return (subject: string) => player.play({ method: path, request: { subject }, header: () => undefined, session: '' });
}

test('what was recorded plays again as it was answered', () => {
  const tape = recorder.recorderFor(route);
  expect([tape.isRecording(), recorder.status(route), recorder.scenario(route)]).toEqual([false, null, null]);
  recorder.start(route, { forMs: 10_000, calls: 3 });
  for (const context of [call('ada', { allowed: true }), call('from the cache')]) tape.begin(context).answered(context);
  tape.begin(call('bob')).failed(call('bob'), new GatewayError('GW_NOT_FOUND'));
  expect(recorder.status(route)).toEqual({ calls: 2, recording: true });
  const play = replay();
  expect(play('ada')).toMatchObject({ exact: true, answers: [{ allowed: true }], fault: null });
  expect(play('bob').fault).toEqual({ kind: 'http', code: 'GW_NOT_FOUND', message: '' });
  expect(play('nobody').rule).toBeNull();
});

test('ends after its time and its number of calls, and begins anew', () => {
  const tape = recorder.recorderFor(route);
  recorder.start(route, { forMs: 1_000, calls: 1 });
  expect(tape.isRecording()).toBe(true);
  for (const context of [call('ada', { allowed: true }), call('bob', { allowed: true })])
    tape.begin(context).answered(context);
  tape.begin(call('bob')).failed(call('bob'), new GatewayError('GW_NOT_FOUND'));
  expect(recorder.status(route)).toEqual({ calls: 1, recording: false });
  recorder.start(route, { forMs: 1_000, calls: 9 });
  clock.advance(1_000);
  expect([tape.isRecording(), recorder.status(route)]).toEqual([false, { calls: 0, recording: false }]);
});

test.each([
  ['a request', 1_048_576],
  ['an answer', 1_048_576 - 100],
])('ends with %s that there is no room for', (_what, length) => {
  const tape = recorder.recorderFor(route);
  recorder.start(route, { forMs: 10_000, calls: 9 });
  for (const subject of ['ada', 'x'.repeat(length), 'bob']) {
    const context = call(subject, { allowed: true });
    tape.begin(context).answered(context);
  }
  expect(recorder.status(route)).toEqual({ calls: 1, recording: false });
});

test('only what can be written down is recorded, and nothing else fails', () => {
  const tape = recorder.recorderFor(route);
  recorder.start(route, { forMs: 10_000, calls: 9 });
  const wrong = { $typeName: 'shop.v1.Nothing' } as never;
  for (const context of [
    contextOf({}, { message: wrong, responseMessage: wrong }),
    contextOf({}, { message: wrong }),
  ]) {
    tape.begin(context).answered(context);
    tape.begin(context).failed(context, new Error('as it is'));
  }
  expect(recorder.status(route)).toEqual({ calls: 0, recording: true });
  expect(isRecordable(httpRoute())).toBe(false);
});

describe('of a stream', () => {
  const bytes = (subject: string) => toBinary(METHOD.input, create(METHOD.input, { subject }));
  const said = (allowed: boolean) => toBinary(METHOD.output, create(METHOD.output, { allowed }));
  const [a, b] = [endpoint('a'), endpoint('b')];
  const failure = (status: number) => new GrpcCallError(status, 'secret', false, []);

  /** A call whose service says what it says when it is asked for it. */
  function open(client = false, server = true) {
    const streaming = streamRoute({}, { client, server });
    const context = contextOf({}, { message: client ? null : create(METHOD.input, { subject: 'ada' }), endpoint: a });
    const tape = recorder.recorderFor(streaming).begin(context);
    const attempt = (at = a) => {
      context.endpoint = at;
      const service = new ScriptedStream();
      const stream = context.listenTo!(context, service);
      return { service, stream, messages: stream.messages[Symbol.asyncIterator]() };
    };
    return { context, tape, attempt, ...attempt() };
  }

  async function drain(messages: AsyncIterator<Buffer>): Promise<number> {
    let count = 0;
    while ((await messages.next()).done !== true) count++;
    return count;
  }
  const play = (subject: string): JsonObject => {
    const { rule, answers, fault } = replay()(subject);
    return { rule, allowed: answers.map(({ allowed }) => allowed!), fault: fault as JsonObject | null };
  };

  beforeEach(() => recorder.start(route, { forMs: 10_000, calls: 9 }));

  test('all messages are kept, and the status behind them without its text', async () => {
    for (const [subject, end] of [
      ['ada', null],
      ['bob', failure(GrpcStatus.ABORTED)],
    ] as const) {
      const { service, stream, messages, tape, context } = open();
      expect([stream.send(bytes(subject)), service.sent]).toEqual([true, [bytes(subject)]]);
      stream.end();
      tape.answered(context);
      service.say(said(true), said(false), end);
      await drain(messages).catch((error: unknown) => expect(error).toBe(end));
      stream.cancel();
      expect([service.ended, service.cancelled, stream.trailers()]).toEqual([true, true, []]);
    }
    expect(play('ada')).toEqual({ rule: 0, allowed: [true, false], fault: null });
    const aborted = { kind: 'grpc', status: GrpcStatus.ABORTED, message: '' };
    expect(play('bob')).toEqual({ rule: 1, allowed: [true, false], fault: aborted });
  });

  test('the service waits for its reader as without it', async () => {
    const { service, stream, messages } = open();
    stream.send(bytes('ada'));
    let asked = 0;
    const inner = service.messages[Symbol.asyncIterator]();
    Object.assign(service, { messages: { [Symbol.asyncIterator]: () => ({ next: () => (asked++, inner.next()) }) } });
    service.say(said(true), said(true), said(true));
    await messages.next();
    expect(asked).toBe(1);
    service.hasRoom = false;
    let room = 0;
    stream.onDrain(() => room++);
    expect([stream.send(bytes('x')), room]).toEqual([false, 0]);
    service.makeRoom();
    expect(room).toBe(1);
  });

  test('what a client has left is kept as far as it went, and silence is not an answer', async () => {
    const some = open();
    some.stream.send(bytes('ada'));
    some.service.say(said(true), said(false));
    await some.messages.next();
    expect(recorder.status(route)).toEqual({ calls: 1, recording: true });
    some.stream.cancel();
    await expect(drain(some.messages)).rejects.toThrow();
    for (const status of [GrpcStatus.CANCELLED, 99]) {
      const none = open();
      none.stream.send(bytes('bob'));
      none.service.say(failure(status));
      await expect(drain(none.messages)).rejects.toThrow();
    }
    expect(recorder.status(route)).toEqual({ calls: 1, recording: true });
    expect(play('ada')).toEqual({ rule: 0, allowed: [true], fault: null });
  });

  test('what fails before it is answered is kept with the status that the client got, unless it is its own fault', async () => {
    const late = open();
    late.stream.send(bytes('ada'));
    late.stream.cancel();
    late.tape.failed(late.context, new GatewayError('GW_TIMEOUT'));
    const own = open(true, false);
    own.stream.send(bytes('bob'));
    own.stream.cancel();
    own.tape.failed(own.context, new GatewayError('GW_BAD_REQUEST'));
    open(true, true).tape.failed(own.context, new GatewayError('GW_TIMEOUT'));
    const headless = open();
    headless.service.headers = Promise.reject(failure(GrpcStatus.NOT_FOUND));
    const stream = headless.context.listenTo!(headless.context, headless.service);
    stream.send(bytes('eve'));
    await expect(stream.headers).rejects.toThrow();
    headless.tape.failed(headless.context, new GatewayError('GW_NOT_FOUND'));
    expect(play('ada')).toEqual({ rule: 0, allowed: [], fault: { kind: 'http', code: 'GW_TIMEOUT', message: '' } });
    expect(play('bob')['rule']).toBeNull();
    expect(play('eve')['fault']).toEqual({ kind: 'grpc', status: GrpcStatus.NOT_FOUND, message: '' });
  });

  test('a call that never began is kept, where it is known what it was about', () => {
    const wrong = contextOf({}, { message: { $typeName: 'shop.v1.Nothing' } as never });
    recorder.recorderFor(streamRoute()).begin(wrong).failed(wrong, new GatewayError('GW_UNAVAILABLE'));
    for (const client of [false, true]) {
      const context = contextOf({}, { message: client ? null : create(METHOD.input, { subject: 'ada' }) });
      const tape = recorder.recorderFor(streamRoute({}, { client, server: true })).begin(context);
      tape.failed(context, new GatewayError('GW_UNAVAILABLE'));
    }
    expect(recorder.status(route)).toEqual({ calls: 1, recording: true });
    expect(play('ada')['fault']).toMatchObject({ code: 'GW_UNAVAILABLE' });
    const full = contextOf({}, { message: create(METHOD.input, { subject: 'bob' }) });
    recorder.start(route, { forMs: 10_000, calls: 1 });
    const tapes = [1, 2].map(() => recorder.recorderFor(streamRoute()).begin(full));
    for (const tape of tapes) tape.failed(full, new GatewayError('GW_UNAVAILABLE'));
    expect(recorder.status(route)).toEqual({ calls: 1, recording: false });
  });

  test('of attempts only the one that was answered with is kept', async () => {
    const first = open();
    first.stream.send(bytes('ada'));
    first.service.say(failure(GrpcStatus.UNAVAILABLE));
    await expect(drain(first.messages)).rejects.toThrow();
    const again = first.attempt(a);
    again.stream.send(bytes('ada'));
    again.service.say(said(false));
    await again.messages.next();
    const elsewhere = first.attempt(b);
    elsewhere.stream.send(bytes('ada'));
    elsewhere.service.say(said(true), null);
    await drain(elsewhere.messages);
    first.tape.answered(first.context);
    expect(recorder.status(route)).toEqual({ calls: 1, recording: true });
    expect(play('ada')).toEqual({ rule: 0, allowed: [true], fault: null });
  });

  test('where both stream each message of the client has the answers that follow it', async () => {
    const { service, stream, messages } = open(true, true);
    // A greeting comes before anybody has said anything.
    service.say(said(false));
    await messages.next();
    stream.send(bytes('ada'));
    stream.send(bytes('bob'));
    service.say(said(true), said(true));
    await messages.next();
    await messages.next();
    stream.send(bytes('eve'));
    service.say(failure(GrpcStatus.INTERNAL));
    await expect(drain(messages)).rejects.toThrow();
    expect(play('ada')).toEqual({ rule: 0, allowed: [false], fault: null });
    expect(play('bob')).toEqual({ rule: 1, allowed: [true, true], fault: null });
    expect(play('eve')).toMatchObject({ rule: 2, allowed: [], fault: { status: GrpcStatus.INTERNAL } });
  });

  test('a client that streams is told by what it said first', async () => {
    const { service, stream, messages } = open(true, false);
    stream.send(bytes('ada'));
    stream.send(bytes('bob'));
    service.say(said(true), null);
    await drain(messages);
    expect(play('ada')).toEqual({ rule: 0, allowed: [true], fault: null });
    expect(play('bob')['rule']).toBeNull();
  });

  test('nobody that says nothing is kept, nor what is too much', async () => {
    const silent = open(true, true);
    silent.service.say(null);
    await drain(silent.messages);
    const greeted = open(true, true);
    greeted.service.say(...Array.from({ length: 17 }, () => said(true)), null);
    await drain(greeted.messages);
    expect(recorder.status(route)).toEqual({ calls: 0, recording: true });
    const flood = open();
    flood.stream.send(bytes('ada'));
    flood.service.say(...Array.from({ length: 1_001 }, () => said(true)), null);
    // The reader has all of it.
    expect(await drain(flood.messages)).toBe(1_001);
    expect(replay()('ada').answers).toHaveLength(1_000);
    recorder.start(route, { forMs: 10_000, calls: 1 });
    const last = open(true, true);
    last.stream.send(bytes('ada'));
    last.service.say(said(true), said(true), null);
    await last.messages.next();
    last.stream.send(bytes('bob'));
    await drain(last.messages);
    expect(play('ada')).toEqual({ rule: 0, allowed: [true], fault: null });
    expect(recorder.status(route)).toEqual({ calls: 1, recording: false });
  });

  test('messages that cannot be read are not', async () => {
    const { service, stream, messages } = open();
    stream.send(bytes('ada'));
    service.say(said(true), Buffer.from([0xff]), said(false), null);
    expect(await drain(messages)).toBe(3);
    const unread = open();
    unread.stream.send(Buffer.from([0xff]));
    unread.tape.failed(unread.context, new GatewayError('GW_TIMEOUT'));
    unread.attempt().stream.cancel();
    expect(recorder.status(route)).toEqual({ calls: 1, recording: true });
    expect(play('ada')).toEqual({ rule: 0, allowed: [true], fault: null });
  });
});
