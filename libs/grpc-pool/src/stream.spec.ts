import { systemClock } from '@gateway/clock';
import { eventually } from '@gateway/testing';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { constants, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { GrpcPool } from './grpc-pool';
import { atEnd, createPool, deadPort, EXPECT } from './grpc-pool.fixture';
import { ask, open, readAll, startStreams } from './stream.fixture';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1));

describe('a server stream', () => {
  test('carries the messages in order, with metadata before and behind them', async () => {
    const { address, seen } = await startStreams();
    const stream = ask(createPool(), address, 'Count', '20', { metadata: ['x-user-id', 'ada'] });
    expect(await stream.headers).toEqual(expect.arrayContaining(['x-initial', '1']));
    expect(stream.trailers()).toEqual([]);
    expect(await readAll(stream)).toEqual({ texts: numbers(20), error: null });
    expect(stream.trailers()).toEqual(expect.arrayContaining(['x-trailing', 'z']));
    expect(seen.metadata.get('x-user-id')).toEqual(['ada']);
    expect(seen.deadline).toBe(Infinity);
  });

  test('ends with the status of the service, behind every message that came before it', async () => {
    const { address } = await startStreams();
    const pool = createPool();
    const stream = ask(pool, address, 'Count', '300!');
    const { texts, error } = await readAll(stream);
    expect(texts).toEqual(numbers(300));
    const refusal = { status: status.FAILED_PRECONDITION, details: 'no further', refused: false };
    expect(error).toMatchObject({ name: 'GrpcCallError', ...refusal, trailers: ['x-why', 'because'] });
    expect(stream.trailers()).toEqual(['x-why', 'because']);
    expect(pool.usage()).toEqual([expect.objectContaining({ arrivals: 1, inFlight: 0 })]);
  });

  test('keeps the messages before the status for a reader that comes late', async () => {
    const { address } = await startStreams();
    const pool = createPool();
    const stream = ask(pool, address, 'Count', '5!');
    await stream.headers;
    await readAll(ask(pool, address, 'Count', '1'));
    expect(await readAll(stream)).toMatchObject({
      texts: numbers(5),
      error: { status: status.FAILED_PRECONDITION },
    });
  });

  test('may fail before anything else, and may be empty', async () => {
    const { address } = await startStreams();
    const failed = ask(createPool(), address, 'Count', '0!');
    await expect(failed.headers).rejects.toMatchObject({ status: status.FAILED_PRECONDITION });
    expect(await readAll(failed)).toMatchObject({ texts: [], error: { status: status.FAILED_PRECONDITION } });
    const empty = ask(createPool(), address, 'Count', '0');
    expect(await empty.headers).toEqual(expect.arrayContaining(['x-initial', '1']));
    expect(await readAll(empty)).toEqual({ texts: [], error: null });
  });

  test('of a method that nobody knows is UNIMPLEMENTED', async () => {
    const { address } = await startStreams();
    expect(await readAll(ask(createPool(), address, 'Nope'))).toMatchObject({
      error: { status: status.UNIMPLEMENTED, refused: false },
    });
  });

  test('waits for a slow reader, and ends when the reader leaves', async () => {
    const { address, seen } = await startStreams();
    const pool = createPool();
    const stream = ask(pool, address, 'Pour');
    let read = 0;
    let poured = 0;
    for await (const { length } of stream.messages) {
      expect(length).toBe(65_536);
      if (++read < 5) continue;
      // Nobody reads: the windows of HTTP/2 fill up, and then the service stands still.
      await eventually(async () => {
        poured = seen.poured;
        await new Promise<void>((resolve) => setImmediate(resolve));
        const idle = await readAll(ask(pool, address, 'Count', '3'));
        return idle.error === null && poured === seen.poured;
      });
      break;
    }
    expect(poured).toBeLessThan(read + 20);
    await eventually(() => seen.cancelled === 1);
    await eventually(() => pool.usage()[0]!.inFlight === 0);
  });

  test('ends when the caller goes away', async () => {
    const { address, seen } = await startStreams();
    let leave = (): void => undefined;
    const stream = ask(createPool(), address, 'Hold', '', { onCancel: (listener) => (leave = listener) });
    const reading = readAll(stream);
    setImmediate(() => leave());
    expect(await reading).toMatchObject({ texts: [], error: { status: status.CANCELLED } });
    const other = ask(createPool(), address, 'Pour');
    await other.messages[Symbol.asyncIterator]().next();
    other.cancel();
    expect(await readAll(other)).toMatchObject({ error: { status: status.CANCELLED } });
    await eventually(() => seen.cancelled >= 1);
  });

  test('ends at its deadline, which the service knows', async () => {
    const { address, seen } = await startStreams();
    const stream = ask(createPool(), address, 'Hold', '', { deadlineMs: 100 });
    expect(await readAll(stream)).toMatchObject({ error: { status: status.DEADLINE_EXCEEDED } });
    await eventually(() => seen.cancelled === 1);
    await readAll(ask(createPool(), address, 'Count', '1', { deadlineMs: 60_000 }));
    expect(seen.deadline - Date.now()).toBeGreaterThan(50_000);
  });
});

describe('a client stream', () => {
  test('whatever is sent arrives, in one piece each, also what was sent before there was a connection', async () => {
    const { address } = await startStreams();
    const pool = createPool();
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(messages, async (sent) => {
        const stream = open(pool, address, 'Chat');
        for (const message of sent) stream.send(message);
        stream.end();
        const received: number[][] = [];
        for await (const message of stream.messages) received.push([...message]);
        expect(received).toEqual(sent.map((message) => [...message]));
      }),
      { numRuns: 30 },
    );
  });

  test('is answered when it has ended', async () => {
    const { address, seen } = await startStreams();
    const stream = open(createPool(), address, 'Sum');
    stream.send(Buffer.from('abc'));
    stream.send(new Uint8Array(7));
    await eventually(() => seen.received === 2);
    stream.end();
    stream.end();
    expect(stream.send(Buffer.from('too late'))).toBe(true);
    expect(await readAll(stream)).toEqual({ texts: ['10'], error: null });
  });

  test('may be answered before, and then nobody waits to send', async () => {
    const { address } = await startStreams();
    const stream = open(createPool(), address, 'Sum');
    stream.send(Buffer.from('enough'));
    expect(await readAll(stream)).toMatchObject({ texts: ['early'], error: null });
    expect(stream.send(new Uint8Array(200_000))).toBe(true);
    await new Promise<void>((resolve) => stream.onDrain(resolve));
  });

  test('asks its sender to wait for a service that is slow to read, until it reads', async () => {
    const { address, seen, calls } = await startStreams();
    seen.reading = false;
    const stream = open(createPool(), address, 'Chat');
    const message = new Uint8Array(32_768);
    let sent = 0;
    let waiting = false;
    const fill = (): void => {
      while (stream.send(message)) sent++;
      waiting = true;
      stream.onDrain(() => {
        waiting = false;
        if (sent < 1_000) fill();
      });
    };
    fill();
    await eventually(() => calls.length === 1 && waiting && sent > 4);
    // What the windows of HTTP/2, grpc-js and we hold.
    expect(sent * message.length).toBeLessThan(1_500_000);
    calls[0]!.on('data', () => undefined);
    await eventually(() => sent >= 1_000);
    stream.cancel();
    await eventually(() => seen.cancelled === 1);
  });
});

describe('a stream in both directions', () => {
  test('is a conversation', async () => {
    const { address } = await startStreams();
    const stream = open(createPool(), address, 'Chat');
    const reader = stream.messages[Symbol.asyncIterator]();
    for (const text of ['one', 'two', 'three']) {
      stream.send(Buffer.from(text));
      expect((await reader.next()).value?.toString()).toBe(text);
    }
    stream.end();
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a stream that has no connection', () => {
  test('is refused when nobody listens', async () => {
    const address = `127.0.0.1:${await deadPort()}`;
    const stream = ask(createPool(), address, 'Count', '1');
    expect(await readAll(stream)).toMatchObject({ error: { status: status.UNAVAILABLE, refused: true } });
  });

  test('is refused after the time to connect, and then at once', async () => {
    const silent = createTcpServer();
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    atEnd(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const pool = createPool({ connectTimeoutMs: 100 });
    expect(await readAll(ask(pool, address, 'Count'))).toMatchObject({
      error: { status: status.UNAVAILABLE, refused: true, details: 'No connection established within 100 ms' },
    });
    expect(() => ask(pool, address, 'Count')).toThrow(expect.objectContaining({ refused: true }));
    expect(pool.usage()[0]).toMatchObject({ inFlight: 0 });
  });

  test('is not made without credentials, or with metadata that gRPC cannot carry', async () => {
    const { address } = await startStreams();
    const credentialsFor = (): never => {
      throw new Error('no identity');
    };
    const bare = new GrpcPool({ clock: systemClock, credentialsFor });
    expect(() => open(bare, address, 'Count')).toThrow('no identity');
    bare.close();
    const pool = createPool();
    expect(() => open(pool, address, 'Count', { metadata: ['not a name', 'x'] })).toThrow('not a name');
    expect(pool.usage()[0]).toMatchObject({ inFlight: 0, arrivals: 0 });
  });
});

describe('GOAWAY', () => {
  const HEAD = { ':status': 200, 'content-type': 'application/grpc' };
  const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);

  async function startRaw() {
    const streams: ServerHttp2Stream[] = [];
    const sessions: ServerHttp2Session[] = [];
    const server = createServer();
    server.on('session', (session) => void sessions.push(session.on('error', () => undefined)));
    server.on('stream', (stream) => {
      stream.on('error', () => undefined).resume();
      stream.respond(HEAD, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      streams.push(stream);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(() => {
      for (const session of sessions) session.destroy();
      server.close();
    });
    return { streams, sessions, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('lets a stream go on; the next goes over a new connection', async () => {
    const { streams, sessions, address } = await startRaw();
    const pool = createPool();
    const first = open(pool, address, 'Chat');
    await eventually(() => streams.length === 1);
    sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR, streams[0]!.id);
    await eventually(() => pool.stats()[0]!.state !== 'ready');
    const second = open(pool, address, 'Chat');
    await eventually(() => streams.length === 2);
    expect(sessions).toHaveLength(2);
    for (const [index, stream] of streams.entries()) stream.end(frame(`of ${index}`));
    expect(await readAll(first)).toEqual({ texts: ['of 0'], error: null });
    expect(await readAll(second)).toEqual({ texts: ['of 1'], error: null });
  });

  test('and a connection that breaks end it with UNAVAILABLE, which may have been processed', async () => {
    const { streams, sessions, address } = await startRaw();
    const pool = createPool();
    const stream = open(pool, address, 'Chat');
    await eventually(() => streams.length === 1);
    streams[0]!.write(frame('first'));
    const reader = stream.messages[Symbol.asyncIterator]();
    expect((await reader.next()).value?.toString()).toBe('first');
    sessions[0]!.socket.destroy();
    await expect(reader.next()).rejects.toMatchObject({ status: status.UNAVAILABLE, refused: false });
    await expect(reader.next()).rejects.toMatchObject({ status: status.UNAVAILABLE });
  });

  test('a released endpoint lets its streams finish', async () => {
    const { streams, address } = await startRaw();
    const pool = createPool();
    const stream = open(pool, address, 'Chat');
    await eventually(() => streams.length === 1);
    pool.release({ address, expect: EXPECT });
    streams[0]!.end(frame('last'));
    expect(await readAll(stream)).toEqual({ texts: ['last'], error: null });
    await eventually(() => streams[0]!.session?.closed !== false);
  });
});
