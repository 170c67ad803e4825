import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEdge, type RunningEdge } from '@gateway/testing';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const READER_BYTES_PER_SECOND = 20 * MIB;
const GROWTH_LIMIT = 64 * MIB;
/** At 20 MB/s a gibibyte takes 52 s; two of them, with room for a slow machine. */
const PATIENCE_MS = 240_000;

let upstream: Server;
let edge: RunningEdge;
let received: { bytes: number; digest: string };

beforeAll(async () => {
  upstream = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') Readable.from(blocks(GIB)).pipe(outgoing);
    else
      void digestSlowly(incoming).then((result) => {
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

const digestOf = (source: Iterable<Buffer>): string => {
  const hash = createHash('sha256');
  for (const block of source) hash.update(block);
  return hash.digest('hex');
};

/** Reads no faster than 20 MB/s. */
async function digestSlowly(source: AsyncIterable<Buffer>): Promise<{ bytes: number; digest: string }> {
  const hash = createHash('sha256');
  const start = performance.now();
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    const ahead = (bytes / READER_BYTES_PER_SECOND) * 1000 - (performance.now() - start);
    if (ahead > 20) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  return { bytes, digest: hash.digest('hex') };
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

test(
  'a gibibyte down to a reader of 20 MB/s: the same bytes, and memory stays',
  async () => {
    await (await fetch(`${edge.httpUrl}/warm`, { method: 'POST', body: 'x'.repeat(MIB) })).text();
    let got: { bytes: number; digest: string } | undefined;
    const growth = await growthDuring(async () => {
      const call = request(`${edge.httpUrl}/down`).end();
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      got = await digestSlowly(response);
    });
    expect(got).toEqual({ bytes: GIB, digest: digestOf(blocks(GIB)) });
    expect(growth).toBeLessThan(GROWTH_LIMIT);
  },
  PATIENCE_MS,
);

test(
  'a gibibyte up to a reader of 20 MB/s: the same bytes, and memory stays',
  async () => {
    const growth = await growthDuring(async () => {
      const call = request(`${edge.httpUrl}/up`, { method: 'POST', headers: { 'content-length': GIB } });
      Readable.from(blocks(GIB)).pipe(call);
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(200);
      response.resume();
    });
    expect(received).toEqual({ bytes: GIB, digest: digestOf(blocks(GIB)) });
    expect(growth).toBeLessThan(GROWTH_LIMIT);
  },
  PATIENCE_MS,
);
