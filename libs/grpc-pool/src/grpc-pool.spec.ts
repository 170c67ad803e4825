import { systemClock } from '@gateway/clock';
import { eventually } from '@gateway/testing';
import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { GrpcPool } from './grpc-pool';
import { atEnd, call, createPool, deadPort, EXPECT, manualClock, startServer } from './grpc-pool.fixture';

const FIRST_STATE = ['idle', 'connecting'];

describe('a unary call', () => {
  test('carries bytes, metadata and trailers both ways', async () => {
    const { address, seen } = await startServer();
    const pool = createPool();
    const metadata = ['x-user-id', 'ada', 'x-list', '1', 'x-list', '2', 'x-some-bin', 'AP8='];
    const result = await call(pool, address, 'Echo', 'hello', { metadata });
    expect(result.bytes.toString()).toBe('hello');
    expect(seen.metadata.get('x-user-id')).toEqual(['ada']);
    expect(seen.metadata.get('x-list')).toEqual(['1, 2']);
    expect(seen.metadata.get('x-some-bin')).toEqual([Buffer.from([0, 255])]);
    expect(result.headers).toEqual(expect.arrayContaining(['x-initial', '1']));
    expect(result.trailers.join(' ')).toContain('x-trailing a, b');
    expect(result.trailers.join(' ')).toContain('x-raw-bin AP8=');
  });

  test('whatever the bytes are, they come back', async () => {
    const { address } = await startServer();
    const pool = createPool();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const result = await pool.unary({ address, expect: EXPECT }, '/test.v1.Echo/Echo', bytes, {
          deadlineMs: 5_000,
        });
        expect(Buffer.compare(result.bytes, Buffer.from(bytes))).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('tells the server its deadline', async () => {
    const { address, seen } = await startServer();
    await call(createPool(), address, 'Echo', '', { deadlineMs: 60_000 });
    expect(seen.deadline - Date.now()).toBeGreaterThan(50_000);
    expect(seen.deadline - Date.now()).toBeLessThanOrEqual(60_000);
  });

  test('a failed one throws the status with its trailers, not refused', async () => {
    const { address } = await startServer();
    await expect(call(createPool(), address, 'Fail')).rejects.toMatchObject({
      name: 'GrpcCallError',
      status: status.NOT_FOUND,
      details: 'no such thing',
      refused: false,
      trailers: expect.arrayContaining(['x-why', 'because']),
    });
  });

  test('an unknown method is UNIMPLEMENTED', async () => {
    const { address } = await startServer();
    await expect(call(createPool(), address, 'Nope')).rejects.toMatchObject({ status: status.UNIMPLEMENTED });
  });

  test('ends at its deadline, and the server hears of it', async () => {
    const { address, seen } = await startServer();
    await expect(call(createPool(), address, 'Wait', '', { deadlineMs: 100 })).rejects.toMatchObject({
      status: status.DEADLINE_EXCEEDED,
    });
    await eventually(() => seen.cancelled === 1);
  });

  test('without a deadline waits; with one that has passed asks nobody', async () => {
    const { address, seen } = await startServer();
    const pool = createPool();
    expect((await call(pool, address, 'Echo', 'x', { deadlineMs: Infinity })).bytes.toString()).toBe('x');
    for (const deadlineMs of [0, -5]) {
      await expect(call(pool, address, 'Echo', 'x', { deadlineMs })).rejects.toMatchObject({
        status: status.DEADLINE_EXCEEDED,
      });
    }
    expect(seen.calls).toBe(1);
  });

  test("an answer without a message is the server's fault", async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      const head = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' };
      stream.respond(head, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(call(createPool(), address, 'Silent')).rejects.toMatchObject({
      status: status.INTERNAL,
      refused: false,
    });
  });

  test('without credentials there is no call', async () => {
    const credentialsFor = (): never => {
      throw new Error('no identity');
    };
    const pool = new GrpcPool({ clock: systemClock, credentialsFor });
    await expect(call(pool, '127.0.0.1:1', 'Echo')).rejects.toThrow('no identity');
    pool.close();
  });

  test('ends when the caller goes away, and the server hears of it', async () => {
    const { address, seen } = await startServer();
    let cancel = (): void => undefined;
    const pending = call(createPool(), address, 'Wait', '', {
      onCancel: (listener: () => void) => (cancel = listener),
    });
    await eventually(() => seen.waiting.length === 1);
    cancel();
    await expect(pending).rejects.toMatchObject({ status: status.CANCELLED });
    await eventually(() => seen.cancelled === 1);
  });

  test('a caller that has already gone costs the server nothing', async () => {
    const { address, seen } = await startServer();
    const onCancel = (listener: () => void): void => listener();
    await expect(call(createPool(), address, 'Echo', '', { onCancel })).rejects.toMatchObject({
      status: status.CANCELLED,
    });
    expect(seen.calls).toBe(0);
  });

  test('a response above the limit is RESOURCE_EXHAUSTED', async () => {
    const { address } = await startServer();
    const pool = createPool({ maxReceiveBytes: 100 });
    await expect(call(pool, address, 'Echo', 'x'.repeat(200))).rejects.toMatchObject({
      status: status.RESOURCE_EXHAUSTED,
    });
  });

  test('metadata that gRPC cannot carry is refused before anything is sent', async () => {
    const { address, seen } = await startServer();
    await expect(call(createPool(), address, 'Echo', '', { metadata: ['bad name', 'x'] })).rejects.toThrow(/bad name/);
    expect(seen.calls).toBe(0);
  });
});

describe('channels', () => {
  test('there is one for each address and identity', async () => {
    const { address } = await startServer();
    const asked: string[] = [];
    const pool = createPool({ asked });
    const other = { address, expect: 'spiffe://gateway.local/other' };
    await Promise.all([call(pool, address, 'Echo'), call(pool, address, 'Echo')]);
    await pool.unary(other, '/test.v1.Echo/Echo', Buffer.alloc(0), { deadlineMs: 5_000 });
    expect(asked).toEqual([EXPECT, other.expect]);
    expect(pool.stats()).toEqual([
      { address, expect: EXPECT, state: 'ready', inFlight: 0 },
      { ...other, state: 'ready', inFlight: 0 },
    ]);
  });

  test('a released one finishes its calls and then closes', async () => {
    const { address, seen } = await startServer();
    const pool = createPool();
    const pending = call(pool, address, 'Wait', 'late');
    await eventually(() => seen.waiting.length === 1);
    pool.release({ address, expect: EXPECT });
    expect(pool.stats()).toEqual([]);
    seen.waiting[0]!();
    expect((await pending).bytes.toString()).toBe('late');
  });

  test('one without calls is closed after a while, one with calls stays', async () => {
    const { address, seen } = await startServer();
    const idle = await startServer();
    const manual = manualClock();
    const pool = createPool({ clock: manual.clock, idleMs: 1_000 });
    const pending = call(pool, address, 'Wait');
    await call(pool, idle.address, 'Echo');
    await eventually(() => seen.waiting.length === 1);
    manual.advance(999);
    expect(pool.stats()).toHaveLength(2);
    manual.advance(1);
    expect(pool.stats()).toEqual([expect.objectContaining({ address, inFlight: 1 })]);
    seen.waiting[0]!();
    await pending;
  });

  test('releasing an unknown endpoint does nothing', () => {
    const pool = createPool();
    pool.release({ address: '127.0.0.1:1', expect: EXPECT });
    expect(pool.stats()).toEqual([]);
  });
});

describe('an endpoint that is down', () => {
  test('fails at once, refused, and again without waiting', async () => {
    const address = `127.0.0.1:${await deadPort()}`;
    const pool = createPool();
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await expect(call(pool, address, 'Echo')).rejects.toMatchObject({ status: status.UNAVAILABLE, refused: true });
      expect(performance.now() - start).toBeLessThan(1_000);
    }
    expect(FIRST_STATE).not.toContain(pool.stats()[0]!.state);
  });

  test.each(['127.0.0.1', 'localhost'])(
    'is reachable within 2 s of being back (%s)',
    async (host) => {
      const port = await deadPort();
      const address = `${host}:${port}`;
      const pool = createPool();
      const reachable = () =>
        call(pool, address, 'Echo').then(
          () => true,
          () => false,
        );
      // Long enough for the backoff to have reached its maximum.
      const downUntil = performance.now() + 4_000;
      await eventually(async () => (await reachable()) || performance.now() > downUntil);
      await startServer(port);
      await eventually(reachable, { within: 2_000 });
    },
    15_000,
  );

  test('a new generation of it is reached by the next call', async () => {
    const port = await deadPort();
    const address = `127.0.0.1:${port}`;
    const pool = createPool();
    const until = performance.now() + 2_000;
    await eventually(async () => {
      await call(pool, address, 'Echo').catch(() => undefined);
      return performance.now() > until;
    });
    await startServer(port);
    pool.reset({ address, expect: EXPECT });
    expect((await call(pool, address, 'Echo')).bytes.toString()).toBe('hello');
  });

  test('a call that was being processed when it died is not refused', async () => {
    const { address, seen, server } = await startServer();
    const pending = call(createPool(), address, 'Wait');
    await eventually(() => seen.waiting.length === 1);
    server.forceShutdown();
    await expect(pending).rejects.toMatchObject({ refused: false });
  });
});
