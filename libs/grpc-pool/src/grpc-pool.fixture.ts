import { systemClock, type Clock } from '@gateway/clock';
import {
  Metadata,
  Server,
  ServerCredentials,
  credentials,
  status,
  type UntypedHandleCall,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { fakeClock } from '@gateway/testing';
import { afterEach } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { GrpcPool, type GrpcPoolOptions } from './grpc-pool';
import type { UnaryOptions, UnaryResult } from './types';

export const EXPECT = 'spiffe://gateway.local/echo-service';
const ends: (() => unknown)[] = [];

/** Has something ended after the test, the latest first. */
export const atEnd = (end: () => unknown): void => void ends.push(end);

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Call = ServerUnaryCall<Buffer, Buffer>;
type Done = sendUnaryData<Buffer>;

const identity = (bytes: Buffer): Buffer => bytes;
const method = (name: string) => ({
  path: `/test.v1.Echo/${name}`,
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

/** A real server: Echo answers with the request, Fail with a status, Wait when it is released. */
export async function startServer(port = 0) {
  const server = new Server();
  const seen = { metadata: new Metadata(), cancelled: 0, waiting: [] as (() => void)[], calls: 0, deadline: 0 };
  const handlers: Record<string, UntypedHandleCall> = {
    Echo: (call: Call, done: Done) => {
      seen.calls++;
      seen.metadata = call.metadata;
      seen.deadline = Number(call.getDeadline());
      const initial = new Metadata();
      initial.add('x-initial', '1');
      call.sendMetadata(initial);
      const trailers = new Metadata();
      trailers.add('x-trailing', 'a');
      trailers.add('x-trailing', 'b');
      trailers.add('x-raw-bin', Buffer.from([0, 255]));
      done(null, call.request, trailers);
    },
    Fail: (_call: Call, done: Done) => {
      const metadata = new Metadata();
      metadata.add('x-why', 'because');
      done({ code: status.NOT_FOUND, details: 'no such thing', metadata });
    },
    Wait: (call: Call, done: Done) => {
      call.on('cancelled', () => seen.cancelled++);
      seen.waiting.push(() => done(null, call.request));
    },
  };
  const definition = Object.fromEntries(Object.keys(handlers).map((name) => [name, method(name)]));
  server.addService(definition, handlers);
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    ),
  );
  atEnd(() => server.forceShutdown());
  return { server, seen, port: bound, address: `127.0.0.1:${bound}` };
}

/** @param asked is told whose credentials were asked for */
export function createPool({ asked, ...options }: Partial<GrpcPoolOptions> & { asked?: string[] } = {}): GrpcPool {
  const credentialsFor = (expected: string) => {
    asked?.push(expected);
    return { credentials: credentials.createInsecure() };
  };
  const pool = new GrpcPool({ clock: systemClock, credentialsFor, ...options });
  atEnd(() => pool.close());
  return pool;
}

export const call = (
  pool: GrpcPool,
  address: string,
  name: string,
  body = 'hello',
  more: Partial<UnaryOptions> = {},
): Promise<UnaryResult> =>
  pool.unary({ address, expect: EXPECT }, `/test.v1.Echo/${name}`, Buffer.from(body), { deadlineMs: 5_000, ...more });

/** A port that nothing listens on. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A clock that stands still until the test moves it; deadlines of calls are those of the system. */
export function manualClock() {
  const fake = fakeClock();
  const clock: Clock = {
    now: () => systemClock.now(),
    monotonic: () => fake.monotonic(),
    after: (ms, run) => fake.after(ms, run),
    every: (ms, run) => fake.every(ms, run),
    sleep: (ms) => fake.sleep(ms),
  };
  return { clock, advance: (ms: number) => fake.advance(ms), pending: () => fake.pending };
}
