import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { type AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startEdge, type RunningEdge } from '@gateway/testing';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const READER_BYTES_PER_SECOND = 20 * MIB;
/**
 * How much is read that slowly: 2 s, in which a sender that nobody holds back is hundreds of megabytes ahead. The rest is
 * read as fast as it comes: a longer wait would prove nothing more.
 */
const READ_SLOWLY = 40 * MIB;
/** The most that the kernel holds of one connection, in bytes: it lets buffers grow for a reader that is fast at times. */
const kernelBuffers = (): number =>
  ['rmem', 'wmem']
    .map((name) => Number(readFileSync(`/proc/sys/net/ipv4/tcp_${name}`, 'utf8').split(/\s+/)[2]))
    .reduce((a, b) => a + b);
/** Of what the sender has handed over and the reader hasn't got: the kernel's of two connections, and the programs' own. */
const LEAD_LIMIT = 2 * kernelBuffers() + 32 * MIB;
const GROWTH_LIMIT = 64 * MIB;
/** For a slow machine. */
const PATIENCE_MS = 60_000;

interface Received {
  readonly bytes: number;
  /** Of all of them, in their order: cheap enough that the wire is what takes the time. */
  readonly checksum: number;
}

/** What one transfer has come to. */
interface Transfer {
  sent: number;
  read: number;
  /** The most that `sent` was before `read`, in bytes. */
  lead: number;
}

let upstream: Server;
let edge: RunningEdge;
let received: Received;
let transfer: Transfer = { sent: 0, read: 0, lead: 0 };

beforeAll(async () => {
  upstream = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') source().pipe(outgoing);
    else
      void readSlowly(incoming).then((result) => {
        received = result;
        outgoing.end('done');
      });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  edge = await startEdge({
    routes: `defaults: { policy: { auth: { mode: NONE }, timeout: 600s } }
routes:
  - id: bytes
    match: { path: "/{rest=**}" }
    upstream: { urls: ["http://127.0.0.1:${port}"], protocol: http1 }
`,
  });
});
afterAll(async () => {
  upstream?.closeAllConnections();
  upstream?.close();
  await edge?.stop();
});

/** A gibibyte that is cheap to make and not the same in any two blocks. */
function* blocks(total: number): Generator<Buffer> {
  for (let sent = 0, i = 0; sent < total; i++) {
    const block = Buffer.alloc(Math.min(MIB, total - sent), i & 0xff);
    block.writeUInt32BE(i);
    sent += block.length;
    yield block;
  }
}

/** The gibibyte for one reader. */
const source = (): Readable => Readable.from(counted(blocks(GIB)));

function* counted(all: Iterable<Buffer>): Generator<Buffer> {
  for (const block of all) {
    transfer.sent += block.length;
    yield block;
  }
}

function checksumOf(all: Iterable<Buffer>): number {
  let checksum = 0;
  for (const block of all) checksum = crc32(block, checksum);
  return checksum;
}

/** Reads no faster than 20 MB/s at first. */
async function readSlowly(chunks: AsyncIterable<Buffer>): Promise<Received> {
  let checksum = 0;
  const start = performance.now();
  for await (const chunk of chunks) {
    checksum = crc32(chunk, checksum);
    transfer.read += chunk.length;
    transfer.lead = Math.max(transfer.lead, transfer.sent - transfer.read);
    if (transfer.read > READ_SLOWLY) continue;
    const ahead = (transfer.read / READER_BYTES_PER_SECOND) * 1000 - (performance.now() - start);
    if (ahead > 20) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  return { bytes: transfer.read, checksum };
}

/** Resident memory of a process in bytes. */
const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;

/** The most that the edge's memory grew while `work` ran. */
async function growthDuring(work: () => Promise<unknown>): Promise<number> {
  const before = residentBytes(edge.pid);
  let highest = before;
  const sampler = setInterval(() => (highest = Math.max(highest, residentBytes(edge.pid))), 100);
  try {
    await work();
  } finally {
    clearInterval(sampler);
  }
  return highest - before;
}

describe('a gibibyte to a reader of 20 MB/s arrives whole, its sender waits, and memory stays', () => {
  let whole: Received;
  beforeAll(async () => {
    whole = { bytes: GIB, checksum: checksumOf(blocks(GIB)) };
    await (await fetch(`${edge.httpUrl}/warm`, { method: 'POST', body: 'x'.repeat(MIB) })).text();
  });
  beforeEach(() => {
    transfer = { sent: 0, read: 0, lead: 0 };
  });

  test(
    'down',
    async () => {
      const growth = await growthDuring(async () => {
        const call = request(`${edge.httpUrl}/down`).end();
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        received = await readSlowly(response);
      });
      expect(received).toEqual(whole);
      expect(transfer.lead).toBeLessThan(LEAD_LIMIT);
      expect(growth).toBeLessThan(GROWTH_LIMIT);
    },
    PATIENCE_MS,
  );

  test(
    'up',
    async () => {
      const growth = await growthDuring(async () => {
        const call = request(`${edge.httpUrl}/up`, { method: 'POST', headers: { 'content-length': GIB } });
        source().pipe(call);
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        expect(response.statusCode).toBe(200);
        response.resume();
      });
      expect(received).toEqual(whole);
      expect(transfer.lead).toBeLessThan(LEAD_LIMIT);
      expect(growth).toBeLessThan(GROWTH_LIMIT);
    },
    PATIENCE_MS,
  );
});
