import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { afterEach, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpEndpoint } from '../http-client';
import { UndiciHttpClient } from './http-client/undici-http-client';
import { NodeEngine } from './node-engine';

const MIB = 1_024 * 1_024;
const SIZE = 128 * MIB;
/** What a body may add to the process, client and upstream of the test included. */
const GROWTH = 96 * MIB;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The engine and the HTTP client as a bare proxy of an upstream. */
async function proxyOf(upstream: Server): Promise<number> {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const endpoint: HttpEndpoint = {
    origin: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    protocol: 'http1',
  };
  const client = new UndiciHttpClient();
  const forward = (request: EdgeRequest): Promise<EdgeResponse> => {
    const { method, target, headers, body } = request;
    return client.send(endpoint, {
      method,
      target,
      headers,
      body,
      timeoutMs: 15_000,
      onCancel: (listener) => request.onCancel(listener),
    });
  };
  const http = { host: '127.0.0.1', port: 0, mode: 'serve' } as const;
  const listener = await new NodeEngine().listen({ http }, forward);
  ends.push(
    () => upstream.close(),
    () => client.close(),
    () => listener.close(),
  );
  return listener.addresses[0]!.port;
}

/** A body of `SIZE` bytes that isn't all the same. */
function source() {
  const hash = createHash('sha256');
  const block = randomBytes(64 * 1_024);
  let left = SIZE / block.length;
  const stream = new Readable({
    read() {
      if (left-- === 0) {
        this.push(null);
        return;
      }
      block.writeUInt32BE(left);
      const chunk = Buffer.from(block);
      hash.update(chunk);
      this.push(chunk);
    },
  });
  return { stream, digest: () => hash.digest('hex') };
}

/** Hashes what comes, with pauses, so that the writer is always ahead. */
function slowReader() {
  const hash = createHash('sha256');
  let count = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      if (++count % 64 === 0) setTimeout(done, 5);
      else done();
    },
  });
  return { stream, digest: () => hash.digest('hex') };
}

async function growthWhile(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  await work().finally(() => clearInterval(timer));
  return peak - before;
}

const drain = (): Writable => new PassThrough().resume();

test('a large response reaches a slow reader whole, without piling up', async () => {
  const sent = source();
  const read = slowReader();
  const port = await proxyOf(createServer((_, writer) => void pipeline(sent.stream, writer)));
  const growth = await growthWhile(
    () =>
      new Promise((resolve, reject) => {
        const request = httpRequest({ port, host: '127.0.0.1' }, (response) => {
          pipeline(response, read.stream, drain()).then(resolve, reject);
        });
        request.on('error', reject).end();
      }),
  );
  expect(read.digest()).toBe(sent.digest());
  expect(growth).toBeLessThan(GROWTH);
}, 60_000);

test('a large request reaches a slow upstream whole, without piling up', async () => {
  const sent = source();
  const read = slowReader();
  const upstream = createServer((message, writer) => {
    void pipeline(message, read.stream, drain()).then(() => writer.end('done'));
  });
  const port = await proxyOf(upstream);
  const growth = await growthWhile(
    () =>
      new Promise((resolve, reject) => {
        const request = httpRequest({ port, host: '127.0.0.1', method: 'POST' }, (response) =>
          response.on('end', resolve).resume(),
        );
        pipeline(sent.stream, request.on('error', reject)).catch(reject);
      }),
  );
  expect(read.digest()).toBe(sent.digest());
  expect(growth).toBeLessThan(GROWTH);
}, 60_000);
