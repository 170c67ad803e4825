import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { GrpcPool } from './grpc-pool';
import { atEnd, EXPECT } from './grpc-pool.fixture';
import type { GrpcStream, StreamOptions } from './types';

type Down = ServerWritableStream<Buffer, Buffer>;
type Up = ServerReadableStream<Buffer, Buffer>;
type Both = ServerDuplexStream<Buffer, Buffer>;

const identity = (bytes: Buffer): Buffer => bytes;
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.v1.Streams/${name}`,
  ...{ requestStream, responseStream },
  ...{ requestSerialize: identity, requestDeserialize: identity },
  ...{ responseSerialize: identity, responseDeserialize: identity },
});

const FAILURE_TRAILERS = new Metadata();
FAILURE_TRAILERS.add('x-why', 'because');
const failure = { code: status.FAILED_PRECONDITION, details: 'no further', metadata: FAILURE_TRAILERS };

/**
 * A real server. Count sends as many numbers as it is asked for and fails when there is a `!` behind; Pour sends 64 KiB
 * messages until its client has enough; Hold says nothing; Sum adds up what it is sent; Chat answers each message.
 */
export async function startStreams() {
  const server = new Server();
  const seen = { metadata: new Metadata(), cancelled: 0, poured: 0, received: 0, deadline: 0, reading: true };
  const calls: Both[] = [];
  server.addService(
    {
      Count: method('Count', false, true),
      Pour: method('Pour', false, true),
      Hold: method('Hold', false, true),
      Sum: method('Sum', true, false),
      Chat: method('Chat', true, true),
    },
    {
      Count: (call: Down) => {
        const [, count = '0', fails] = /^(\d+)(!?)/.exec(call.request.toString())!;
        seen.metadata = call.metadata;
        seen.deadline = Number(call.getDeadline());
        const initial = new Metadata();
        initial.add('x-initial', '1');
        if (fails === '') call.sendMetadata(initial);
        for (let i = 1; i <= Number(count); i++) call.write(Buffer.from(String(i)));
        const trailers = new Metadata();
        trailers.add('x-trailing', 'z');
        if (fails === '!') call.emit('error', failure);
        else call.end(trailers);
      },
      Pour: (call: Down) => {
        call.on('cancelled', () => seen.cancelled++);
        const pour = (): void => {
          while (!call.cancelled && call.write(Buffer.alloc(65_536))) seen.poured++;
          if (!call.cancelled) call.once('drain', pour);
        };
        pour();
      },
      Hold: (call: Down) => void call.on('cancelled', () => seen.cancelled++),
      Sum: (call: Up, done: sendUnaryData<Buffer>) => {
        let sum = 0;
        call.on('data', (bytes: Buffer) => {
          sum += bytes.length;
          seen.received++;
          if (bytes.toString() === 'enough') done(null, Buffer.from('early'));
        });
        call.on('end', () => done(null, Buffer.from(String(sum))));
      },
      Chat: (call: Both) => {
        calls.push(call);
        call.on('cancelled', () => seen.cancelled++);
        if (!seen.reading) return;
        call.on('data', (bytes: Buffer) => call.write(bytes));
        call.on('end', () => call.end());
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    ),
  );
  atEnd(() => server.forceShutdown());
  return { server, seen, calls, address: `127.0.0.1:${port}` };
}

export const open = (pool: GrpcPool, address: string, name: string, options?: StreamOptions): GrpcStream =>
  pool.stream({ address, expect: EXPECT }, `/test.v1.Streams/${name}`, options);

/** A stream of which the client says one thing. */
export function ask(pool: GrpcPool, address: string, name: string, body = '', options?: StreamOptions): GrpcStream {
  const stream = open(pool, address, name, options);
  stream.send(Buffer.from(body));
  stream.end();
  return stream;
}

/** The messages until the end, as text, and what they ended with. */
export async function readAll({ messages }: GrpcStream): Promise<{ texts: string[]; error: unknown }> {
  const texts: string[] = [];
  try {
    for await (const message of messages) texts.push(message.toString());
    return { texts, error: null };
  } catch (error) {
    return { texts, error };
  }
}
