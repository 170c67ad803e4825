import { eventually } from '@gateway/testing';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { atEnd, call, createPool } from './grpc-pool.fixture';

/** An HTTP/2 server that hands its streams to the test. */
async function startRawServer(onStream: (stream: ServerHttp2Stream, nth: number) => void) {
  const seen = { streams: [] as ServerHttp2Stream[], sessions: [] as ServerHttp2Session[], sockets: [] as Socket[] };
  const server: Http2Server = createServer();
  server.on('connection', (socket: Socket) => void seen.sockets.push(socket));
  server.on('session', (session) => void seen.sessions.push(session.on('error', () => undefined)));
  server.on('stream', (stream) => {
    stream.on('error', () => undefined).resume();
    onStream(stream, seen.streams.push(stream));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    for (const socket of seen.sockets) socket.destroy();
    server.close();
  });
  return { ...seen, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' };
/** An empty message in a gRPC frame. */
const EMPTY = Buffer.alloc(5);

function answer(stream: ServerHttp2Stream): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(EMPTY);
}

const answered = expect.objectContaining({ bytes: Buffer.alloc(0) });
const held = (): void => undefined;

describe('GOAWAY', () => {
  test('lets what the server works on finish; later calls go over a new connection', async () => {
    const server = await startRawServer((stream, nth) => (nth === 1 ? undefined : answer(stream)));
    const pool = createPool();
    const first = call(pool, server.address, 'Echo');
    await eventually(() => server.streams.length === 1);
    server.sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR, server.streams[0]!.id);
    await eventually(() => pool.stats()[0]!.state !== 'ready');
    expect(await call(pool, server.address, 'Echo')).toEqual(answered);
    answer(server.streams[0]!);
    expect(await first).toEqual(answered);
    expect(server.sessions).toHaveLength(2);
  });

  test('with a lower last stream: the call was not processed, and is sent again on a new connection', async () => {
    const server = await startRawServer((stream, nth) => (nth <= 2 ? undefined : answer(stream)));
    const pool = createPool();
    const first = call(pool, server.address, 'Echo');
    await eventually(() => server.streams.length === 1);
    const second = call(pool, server.address, 'Echo');
    await eventually(() => server.streams.length === 2);
    server.sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR, server.streams[0]!.id);
    expect(await second).toEqual(answered);
    answer(server.streams[0]!);
    expect(await first).toEqual(answered);
    expect(server.sessions).toHaveLength(2);
  });

  test('with an error code ends what the server works on, which may have been processed', async () => {
    const server = await startRawServer(held);
    const pool = createPool();
    const pending = call(pool, server.address, 'Echo');
    await eventually(() => server.streams.length === 1);
    server.sessions[0]!.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR);
    await expect(pending).rejects.toMatchObject({ refused: false });
  });
});

describe('a stream that the server resets', () => {
  test('with REFUSED_STREAM was not processed: it is sent again once, then it is for another server', async () => {
    const server = await startRawServer((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    const pending = call(createPool(), server.address, 'Echo');
    await expect(pending).rejects.toMatchObject({ status: status.UNAVAILABLE, refused: true });
    expect(server.streams).toHaveLength(2);
  });

  test('with REFUSED_STREAM once costs nothing', async () => {
    const server = await startRawServer((stream, nth) =>
      nth === 1 ? stream.close(constants.NGHTTP2_REFUSED_STREAM) : answer(stream),
    );
    expect(await call(createPool(), server.address, 'Echo')).toEqual(answered);
  });

  test.each([
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, status.INTERNAL],
    ['CANCEL', constants.NGHTTP2_CANCEL, status.CANCELLED],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM, status.RESOURCE_EXHAUSTED],
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR, status.INTERNAL],
  ])('with %s may have been processed', async (_, code, expected) => {
    const server = await startRawServer((stream) => stream.close(code));
    const pending = call(createPool(), server.address, 'Echo');
    await expect(pending).rejects.toMatchObject({ status: expected, refused: false });
    expect(server.streams).toHaveLength(1);
  });
});

describe('a connection that is reset', () => {
  test.each<[string, (stream: ServerHttp2Stream) => void]>([
    ['before the head', held],
    ['after the head', (stream) => stream.respond(HEAD)],
    [
      'in the middle of the message',
      (stream) => {
        stream.respond(HEAD);
        stream.write(EMPTY.subarray(0, 3));
      },
    ],
  ])('%s: the call may have been processed, the next one gets a new connection', async (_, begin) => {
    const server = await startRawServer((stream, nth) => (nth === 1 ? begin(stream) : answer(stream)));
    const pool = createPool();
    const pending = call(pool, server.address, 'Echo');
    await eventually(() => server.streams.length === 1);
    server.sockets[0]!.resetAndDestroy();
    await expect(pending).rejects.toMatchObject({ status: status.UNAVAILABLE, refused: false });
    expect(await call(pool, server.address, 'Echo')).toEqual(answered);
    expect(pool.usage()).toEqual([expect.objectContaining({ inFlight: 0, connections: 1, opening: 0 })]);
  });

  test('in the middle of a header block', async () => {
    const server = await startRawServer((stream, nth) => {
      if (nth > 1) return answer(stream);
      // HEADERS with END_HEADERS not set: the block goes on in a frame that never comes.
      const header = Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, stream.id!, 0x88]);
      server.sockets[0]!.write(header);
      setImmediate(() => server.sockets[0]!.resetAndDestroy());
    });
    const pool = createPool();
    await expect(call(pool, server.address, 'Echo')).rejects.toMatchObject({ refused: false });
    expect(await call(pool, server.address, 'Echo')).toEqual(answered);
  });
});

test('an answer of a byte at a time ends at the deadline', async () => {
  const server = await startRawServer((stream) => {
    stream.respond(HEAD);
    stream.write(EMPTY.subarray(0, 1));
  });
  const pool = createPool();
  const pending = call(pool, server.address, 'Echo', '', { deadlineMs: 200 });
  await expect(pending).rejects.toMatchObject({ status: status.DEADLINE_EXCEEDED, refused: false });
  await eventually(() => server.streams[0]!.destroyed);
});

test('a name that nobody knows is refused', async () => {
  const pending = call(createPool(), 'no-such-service.invalid:50051', 'Echo');
  await expect(pending).rejects.toMatchObject({ status: status.UNAVAILABLE, refused: true });
});
