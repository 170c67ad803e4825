import { eventually, startFaultyLink } from '@gateway/testing';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { GrpcPool } from './grpc-pool';
import { atEnd, call, createPool, EXPECT, manualClock, startServer } from './grpc-pool.fixture';
import type { EndpointUsage } from './usage';

const usageOf = (pool: GrpcPool): EndpointUsage => pool.usage()[0]!;
const inFlight = (pool: GrpcPool): number[] => pool.stats().map((connection) => connection.inFlight);

describe('several connections to an endpoint', () => {
  test('one is opened when the others are nearly full; a call goes to the one with the fewest', async () => {
    const { address, seen } = await startServer();
    const pool = createPool({ streams: 5, max: 2 });
    const calls = Array.from({ length: 4 }, () => call(pool, address, 'Wait'));
    await eventually(() => seen.waiting.length === 4);
    expect(inFlight(pool)).toEqual([4]);
    // This one has a stream: the new connection isn't waited for.
    calls.push(call(pool, address, 'Wait'));
    expect(inFlight(pool)).toEqual([5, 0]);
    await eventually(() => usageOf(pool).connections === 2);
    for (let i = 0; i < 7; i++) calls.push(call(pool, address, 'Wait'));
    expect(inFlight(pool)).toEqual([6, 6]);
    await eventually(() => seen.waiting.length === 12);
    for (const answer of seen.waiting) answer();
    await Promise.all(calls);
    expect(usageOf(pool)).toMatchObject({ arrivals: 12, inFlight: 0, connections: 2, streamsPerConnection: 5, max: 2 });
  });

  test('before the first is established, calls spread over as many as they need', async () => {
    const { address } = await startServer();
    const pool = createPool({ streams: 10, max: 4 });
    const calls = Array.from({ length: 24 }, () => call(pool, address, 'Echo'));
    expect(inFlight(pool)).toEqual([8, 8, 8]);
    await Promise.all(calls);
    expect(usageOf(pool)).toMatchObject({ handshakesInPath: 24, connections: 3 });
  });

  test('a call never waits for one that is being opened while another is ready', async () => {
    const { address, port } = await startServer();
    const link = await startFaultyLink(port);
    atEnd(() => link.close());
    const pool = createPool();
    const endpoint = { address: `127.0.0.1:${link.port}`, expect: EXPECT };
    await call(pool, endpoint.address, 'Echo');
    // Connections from now on are accepted and never answered; the first one's bytes pass again.
    await link.set({ kind: 'blackhole' });
    pool.setTarget(endpoint, 2);
    await eventually(() => link.accepted === 2);
    await link.set({ kind: 'delay', ms: 0 });
    expect(usageOf(pool)).toMatchObject({ connections: 1, opening: 1 });
    expect((await call(pool, endpoint.address, 'Echo')).bytes.toString()).toBe('hello');
    expect(usageOf(pool)).toMatchObject({ handshakesInPath: 1 });
    expect(address).not.toBe(endpoint.address);
  });
});

describe('a target', () => {
  test('has connections opened before a call needs them', async () => {
    const { address } = await startServer();
    const pool = createPool();
    pool.setTarget({ address, expect: EXPECT }, 3);
    expect(usageOf(pool)).toMatchObject({ arrivals: 0, opening: 3 });
    await eventually(() => usageOf(pool).connections === 3);
    await call(pool, address, 'Echo');
    expect(usageOf(pool)).toMatchObject({ arrivals: 1, handshakesInPath: 0 });
  });

  test('keeps within the bounds, and surplus ones retire after ten seconds without a call', async () => {
    const { address } = await startServer();
    const manual = manualClock();
    const pool = createPool({ clock: manual.clock, min: 1, max: 4 });
    const endpoint = { address, expect: EXPECT };
    pool.setTarget(endpoint, 99);
    await eventually(() => usageOf(pool).connections === 4);
    pool.setTarget(endpoint, 0);
    manual.advance(9_000);
    expect(usageOf(pool).connections).toBe(4);
    manual.advance(1_000);
    expect(usageOf(pool)).toMatchObject({ connections: 1, min: 1, max: 4 });
  });

  test('one that was lost is connected again without a call', async () => {
    const { address, port, server } = await startServer();
    const manual = manualClock();
    const pool = createPool({ clock: manual.clock });
    pool.setTarget({ address, expect: EXPECT }, 1);
    await eventually(() => usageOf(pool).connections === 1);
    server.forceShutdown();
    await eventually(() => usageOf(pool).connections === 0);
    await startServer(port);
    await eventually(() => {
      manual.advance(1_000);
      return usageOf(pool).connections === 1;
    });
    expect(pool.stats()).toHaveLength(1);
  });

  test('is forgotten when the endpoint is released', async () => {
    const { address } = await startServer();
    const pool = createPool();
    const endpoint = { address, expect: EXPECT };
    pool.setTarget(endpoint, 3);
    pool.release(endpoint);
    expect(pool.usage()).toEqual([]);
    await call(pool, address, 'Echo');
    expect(pool.stats()).toHaveLength(1);
  });
});

test('usage sums the time that calls took', async () => {
  const { address, seen } = await startServer();
  const manual = manualClock();
  const pool = createPool({ clock: manual.clock });
  const calls = [call(pool, address, 'Wait')];
  manual.advance(300);
  calls.push(call(pool, address, 'Wait'));
  await eventually(() => seen.waiting.length === 2);
  manual.advance(100);
  expect(usageOf(pool)).toEqual({
    ...{ key: `grpc ${address} ${EXPECT}`, address, expect: EXPECT },
    ...{ arrivals: 2, busyMs: 500, inFlight: 2, connections: 1, opening: 0 },
    ...{ streamsPerConnection: 100, handshakesInPath: 2, min: 0, max: 16 },
  });
  for (const answer of seen.waiting) answer();
  await Promise.all(calls);
  manual.advance(100);
  expect(usageOf(pool)).toMatchObject({ busyMs: 500, inFlight: 0 });
});

test('an old connection is replaced, and its calls finish', async () => {
  const { address, seen } = await startServer();
  const manual = manualClock();
  const pool = createPool({ clock: manual.clock, maxAgeMs: 10_000, random: () => 0.5 });
  const old = call(pool, address, 'Wait', 'old');
  await eventually(() => seen.waiting.length === 1);
  manual.advance(10_000);
  expect(pool.stats()).toHaveLength(2);
  await eventually(() => usageOf(pool).connections === 2);
  manual.advance(1_000);
  expect(inFlight(pool)).toEqual([0]);
  seen.waiting[0]!();
  expect((await old).bytes.toString()).toBe('old');
  await call(pool, address, 'Echo');
  expect(usageOf(pool)).toMatchObject({ arrivals: 2, handshakesInPath: 1 });
});

test('a connection whose calls fail while those of its siblings succeed is replaced', async () => {
  const { address, port } = await startServer();
  const link = await startFaultyLink(port);
  atEnd(() => link.close());
  const manual = manualClock();
  const pool = createPool({ clock: manual.clock });
  const endpoint = { address: `127.0.0.1:${link.port}`, expect: EXPECT };
  await call(pool, endpoint.address, 'Echo');
  // What is under way on the only connection goes nowhere any more, though TCP looks well.
  await link.set({ kind: 'hang' });
  const failing = Array.from({ length: 20 }, () => call(pool, endpoint.address, 'Echo', 'x', { deadlineMs: 50 }));
  for (const result of await Promise.allSettled(failing))
    expect(result).toMatchObject({ reason: { status: status.DEADLINE_EXCEEDED } });
  await link.set({ kind: 'delay', ms: 0 });
  manual.advance(1_000);
  expect(pool.stats()).toHaveLength(2);
  await eventually(() => usageOf(pool).connections === 2);
  // Holds the sick one's stream, so that the new one gets the calls.
  const held = call(pool, endpoint.address, 'Wait', 'x', { deadlineMs: 300 }).catch(() => undefined);
  for (let i = 0; i < 20; i++) await call(pool, endpoint.address, 'Echo');
  await held;
  const before = link.accepted;
  manual.advance(1_000);
  await eventually(() => link.accepted === before + 1 && usageOf(pool).connections === 3);
  manual.advance(1_000);
  expect(usageOf(pool).connections).toBe(2);
  expect(address).not.toBe(endpoint.address);
});

describe('a silent peer', () => {
  /** Accepts, and never says a word. */
  async function silent() {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined).resume()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(() => server.close());
    return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
  }

  test('is given up after five seconds: the calls that waited were refused, later ones do not wait', async () => {
    const { address, sockets } = await silent();
    const manual = manualClock();
    const pool = createPool({ clock: manual.clock });
    const waiting = [call(pool, address, 'Echo', '', { deadlineMs: 60_000 }), call(pool, address, 'Echo')];
    const results = Promise.allSettled(waiting);
    await eventually(() => sockets.length === 1);
    manual.advance(4_999);
    expect(usageOf(pool)).toMatchObject({ inFlight: 2, opening: 1 });
    manual.advance(1);
    for (const result of await results)
      expect(result).toMatchObject({ reason: { status: status.UNAVAILABLE, refused: true } });
    const later = call(pool, address, 'Echo');
    await expect(later).rejects.toMatchObject({ status: status.UNAVAILABLE, refused: true });
    await eventually(() => sockets.length === 2 && sockets[0]!.destroyed);
    expect(usageOf(pool)).toMatchObject({ inFlight: 0, connections: 0 });
    pool.close();
    await eventually(() => sockets[1]!.destroyed);
    expect(manual.pending()).toBe(0);
  });

  test('that speaks again is reached', async () => {
    const { port } = await startServer();
    const link = await startFaultyLink(port);
    atEnd(() => link.close());
    await link.set({ kind: 'blackhole' });
    const pool = createPool({ connectTimeoutMs: 100 });
    const address = `127.0.0.1:${link.port}`;
    await expect(call(pool, address, 'Echo')).rejects.toMatchObject({ refused: true });
    await link.set({ kind: 'none' });
    await eventually(() =>
      call(pool, address, 'Echo').then(
        () => true,
        () => false,
      ),
    );
  });
});
