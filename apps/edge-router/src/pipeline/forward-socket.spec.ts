import type { Duplex } from 'node:stream';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { getHeader } from '@gateway/pipeline';
import { eventually, fakeClock } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import { contextOf, endpoint, FORWARDING, METHOD, type RouteGiven, streamRoute } from '../pipeline.fixture';
import { CLOSE, clientFrame, type Frame, FrameReader, PING, PONG, TEXT } from '../streaming/frames.fixture';
import { forwardSocket } from './forward-socket';
import { ScriptedStream } from './grpc-stream.fixture';

const BOTH = { client: true, server: true };
const DOWN = { client: false, server: true };
const HANDSHAKE = ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version', '13'];
const said = (allowed: boolean) => toBinary(METHOD.output, create(METHOD.output, { allowed }));

interface Given {
  readonly route?: RouteGiven;
  readonly streaming?: typeof BOTH;
  readonly headers?: string[];
  readonly known?: Parameters<typeof contextOf>[1];
  readonly stream?: ScriptedStream | GrpcCallError;
}

async function open({ route = { body: '*' }, streaming = BOTH, headers = HANDSHAKE, known, stream }: Given = {}) {
  const clock = fakeClock();
  const call = stream instanceof ScriptedStream ? stream : new ScriptedStream();
  const target = streamRoute(route, streaming);
  const grpc = {
    stream: () => {
      if (stream instanceof GrpcCallError) throw stream;
      return call;
    },
  };
  const found = { endpoint: endpoint('a'), captures: ['bob'], path: '/x', headers, ...known };
  const context = contextOf({ upgrade: 'websocket' }, found);
  const handler = forwardSocket(target, target.target, { ...FORWARDING, clock, grpc });
  const response = await handler(context);
  const tunnel = response.tunnel!;
  return {
    clock,
    stream: call,
    context,
    response,
    tunnel,
    say: (text: string) => tunnel.write(clientFrame(TEXT, text)),
  };
}

const readers = new WeakMap<Duplex, FrameReader>();

/** The next frames of the server. */
async function frames(tunnel: Duplex) {
  const reader = readers.get(tunnel) ?? new FrameReader(tunnel);
  readers.set(tunnel, reader);
  let read: Frame[] = [];
  await eventually(() => (read = [...read, ...reader.read()]).length > 0);
  return read.map(({ opcode, payload }) => {
    if (opcode === CLOSE) return `close ${payload.readUInt16BE(0)} ${payload.subarray(2).toString()}`;
    return opcode === TEXT ? payload.toString() : `frame ${opcode}`;
  });
}

/** The client closes, and then its connection does. */
function close(tunnel: Duplex): void {
  tunnel.resume();
  tunnel.end(clientFrame(CLOSE, Buffer.from([0x03, 0xe8])));
}

const requests = (stream: ScriptedStream) => stream.sent.map((bytes) => fromBinary(METHOD.input, bytes));

describe('forward to a streaming method over WebSocket', () => {
  test('answers the handshake, and joins messages with those of the call', async () => {
    const { stream, response, tunnel, say } = await open();
    expect(response.status).toBe(101);
    // RFC 6455 §1.3.
    expect(getHeader(response.headers, 'sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    say('{"permission":"read"}');
    await eventually(() => stream.sent.length === 1);
    expect(requests(stream)).toEqual([expect.objectContaining({ subject: 'bob', permission: 'read' })]);
    stream.say(said(true));
    expect(await frames(tunnel)).toEqual(['{"allowed":true}']);
    say('');
    say('');
    await eventually(() => stream.ended);
    stream.say(null);
    expect(await frames(tunnel)).toEqual(['close 1000 ']);
    expect(response.failure!()).toBeNull();
  });

  test('what is said behind the end is refused', async () => {
    const { stream, response, context, tunnel, say } = await open();
    say('');
    say('{}');
    expect(await frames(tunnel)).toEqual(['close 4003 GW_BAD_REQUEST: No further message is expected']);
    expect(stream.cancelled).toBe(true);
    expect(response.failure!()).toMatchObject({ code: 'GW_BAD_REQUEST' });
    expect(context.error).toMatchObject({ code: 'GW_BAD_REQUEST' });
    say('{}');
    await eventually(() => stream.sent.length === 0);
  });

  test('the service ends it with its status', async () => {
    const { stream, tunnel } = await open();
    stream.say(new GrpcCallError(GrpcStatus.NOT_FOUND, 'no such thing', false, []));
    expect(await frames(tunnel)).toEqual(['close 4005 GW_NOT_FOUND: no such thing']);
  });

  test('the client waits for a service that is slow', async () => {
    const { clock, stream, say } = await open();
    stream.hasRoom = false;
    say('{}');
    await eventually(() => stream.sent.length === 1);
    say('{}');
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(stream.sent).toHaveLength(1);
    for (let pings = 0; pings < 3; pings++) clock.advance(30_000);
    stream.makeRoom();
    await eventually(() => stream.sent.length === 2);
  });

  test('a request without a body is said by the handshake alone', async () => {
    const message = create(METHOD.input, { subject: 'bob' });
    const { stream, tunnel, say } = await open({ route: {}, streaming: DOWN, known: { message } });
    expect(requests(stream)).toEqual([expect.objectContaining({ subject: 'bob' })]);
    expect(stream.ended).toBe(true);
    say('{}');
    expect(await frames(tunnel)).toEqual(['close 4003 GW_BAD_REQUEST: No further message is expected']);
  });

  test('one with a body by the first message', async () => {
    const { stream, context, say } = await open({ streaming: DOWN });
    say('{"permission":"read"}');
    await eventually(() => stream.ended);
    expect(requests(stream)).toHaveLength(1);
    expect(context.message).toMatchObject({ subject: 'bob', permission: 'read' });
    const silent = await open({ streaming: DOWN });
    silent.say('');
    expect(await frames(silent.tunnel)).toEqual(['close 4003 GW_BAD_REQUEST: A message is expected']);
  });

  test('a client that leaves cancels the call', async () => {
    const gone = await open();
    gone.tunnel.destroy();
    await eventually(() => gone.stream.cancelled);
    const watcher = await open({ streaming: DOWN });
    close(watcher.tunnel);
    await eventually(() => watcher.stream.cancelled);
  });

  test('a client that closes having said everything leaves the service five seconds', async () => {
    const { clock, stream, tunnel } = await open();
    close(tunnel);
    await eventually(() => stream.ended);
    stream.say(said(true));
    clock.advance(4_999);
    expect(stream.cancelled).toBe(false);
    clock.advance(1);
    expect(stream.cancelled).toBe(true);
    const quick = await open();
    quick.say('');
    await eventually(() => quick.stream.ended);
    close(quick.tunnel);
    await eventually(() => quick.tunnel.closed);
    quick.stream.say(null);
    await eventually(() => quick.clock.pending === 0);
    expect(quick.stream.cancelled).toBe(false);
  });

  test('a client that does not answer pings is left', async () => {
    const { clock, stream, tunnel } = await open();
    clock.advance(30_000);
    expect(await frames(tunnel)).toEqual([`frame ${PING}`]);
    tunnel.write(clientFrame(PONG));
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(30_000);
    expect(await frames(tunnel)).toEqual([`frame ${PING}`]);
    expect(stream.cancelled).toBe(false);
    clock.advance(30_000);
    await eventually(() => stream.cancelled);
    expect(clock.pending).toBe(0);
  });

  test.each([
    [[], 'GW_BAD_REQUEST'],
    [['sec-websocket-key', 'short', 'sec-websocket-version', '13'], 'GW_BAD_REQUEST'],
    [[...HANDSHAKE.slice(0, 2), 'sec-websocket-version', '8'], 'GW_UPGRADE_REQUIRED'],
  ])('the handshake %j is %s', async (headers, code) => {
    await expect(open({ headers })).rejects.toMatchObject({ code });
  });

  test('is refused when there is no call to be had', async () => {
    const stream = new GrpcCallError(GrpcStatus.UNAVAILABLE, 'No connection established', true, []);
    await expect(open({ stream })).rejects.toMatchObject({ code: 'GW_UNAVAILABLE' });
  });

  test.each<[string[], string | null, boolean]>([
    [['https://a.example.com'], 'https://a.example.com', true],
    [['https://a.example.com'], null, true],
    [['https://a.example.com'], 'https://b.example.com', false],
    [['*'], 'https://b.example.com', true],
    [[], 'https://b.example.com', true],
  ])('with the origins %j a page of %s may connect: %j', async (origins, origin, allowed) => {
    const headers = [...HANDSHAKE, ...(origin === null ? [] : ['origin', origin])];
    const opened = open({ route: { body: '*', policy: { cors: { origins } } }, headers });
    if (allowed) expect((await opened).response.status).toBe(101);
    else await expect(opened).rejects.toMatchObject({ code: 'GW_FORBIDDEN' });
  });
});
