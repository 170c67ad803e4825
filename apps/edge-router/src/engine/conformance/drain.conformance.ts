import { eventually } from '@gateway/testing';
import { describe, expect, test } from '@jest/globals';
import type { EdgeResponse } from '@gateway/pipeline';
import { Agent, request as httpRequest } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { createAuthority } from '@gateway/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  RawClient,
  ask,
  askHttp2,
  http2Session,
  recorder,
  start,
  testCertificate,
  text,
  type Subject,
} from './harness.conformance';

const GET = 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n';
const UPGRADE = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
const MIB = 1_024 * 1_024;

/** How an engine starts, ends and stays small. */
export function drainConformance(subject: Subject): void {
  describe('a drain', () => {
    test('lets what is in flight finish, and resolves when all is closed', async () => {
      let answer = (_: EdgeResponse): void => undefined;
      const { handler, requests } = recorder(() => new Promise((resolve) => (answer = resolve)));
      const { httpPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      await eventually(() => requests.length === 1);
      const drained = listener.drain({ acceptMs: 20, tunnelsMs: 100, withinMs: 5_000 });
      expect(listener.drain({ acceptMs: 0, tunnelsMs: 0, withinMs: 0 })).toBe(drained);
      await eventually(async () =>
        RawClient.connect(httpPort).then(
          () => false,
          () => true,
        ),
      );
      answer(text('in flight'));
      expect(await client.response()).toMatchObject({ body: 'in flight', headers: { connection: 'close' } });
      await drained;
      expect(listener.stats()).toMatchObject({ connections: 0, requests: 0 });
    });

    test('destroys what takes too long', async () => {
      const { handler, requests } = recorder(() => new Promise(() => undefined));
      const { httpPort, httpsPort, listener } = await start(subject, handler);
      const client = await RawClient.connect(httpPort);
      client.send(GET);
      const stream = (await http2Session(httpsPort)).request({ ':path': '/' });
      stream.on('error', () => undefined);
      await eventually(() => requests.length === 2);
      await listener.drain({ acceptMs: 0, tunnelsMs: 0, withinMs: 100 });
      await client.untilClosed();
      await eventually(() => stream.closed);
    });

    test('closes idle connections, new ones and tunnels', async () => {
      const tunnel = new PassThrough();
      const { handler } = recorder(({ upgrade }) =>
        upgrade === '' ? text('ok') : { status: 101, headers: [], body: null, tunnel },
      );
      const { httpPort, listener } = await start(subject, handler);
      const idle = await RawClient.connect(httpPort);
      await idle.send(GET).response();
      const unused = await RawClient.connect(httpPort);
      const socket = await RawClient.connect(httpPort);
      await socket.send(UPGRADE).response();
      await listener.drain({ acceptMs: 50, tunnelsMs: 100, withinMs: 4_000 });
      for (const client of [idle, unused, socket]) await client.untilClosed();
    });

    test('over HTTP/2 says GOAWAY first and still serves what was on its way', async () => {
      let answer = (_: EdgeResponse): void => undefined;
      const { handler, requests } = recorder(() => new Promise((resolve) => (answer = resolve)));
      const { httpsPort, listener } = await start(subject, handler);
      const session = await http2Session(httpsPort);
      const codes: [number, number][] = [];
      session.on('goaway', (code, last) => codes.push([code, last ?? 0]));
      const response = askHttp2(session, { ':path': '/' });
      await eventually(() => requests.length === 1);
      const drained = listener.drain({ acceptMs: 200, tunnelsMs: 300, withinMs: 5_000 });
      answer(text('ok'));
      expect((await response).body).toBe('ok');
      expect(codes[0]).toEqual([0, 2 ** 31 - 1]);
      await drained;
    });

    test('refuses no HTTP/2 stream, of old connections or of new ones', async () => {
      const { handler } = recorder(async () => text('ok'));
      const { httpsPort, listener } = await start(subject, handler);
      const failed: unknown[] = [];
      let answered = 0;
      let stopped = false;
      const client = async (): Promise<void> => {
        while (!stopped) {
          const session = await http2Session(httpsPort);
          let leaving = false;
          session.on('goaway', () => (leaving = true));
          while (!leaving && !stopped) {
            const five = Array.from({ length: 5 }, () => askHttp2(session, { ':path': '/' }));
            for (const result of await Promise.allSettled(five)) {
              if (result.status === 'fulfilled') answered++;
              else failed.push(result.reason);
            }
          }
          session.close();
        }
      };
      const clients = [client(), client(), client()];
      await eventually(() => answered > 100);
      const drained = listener.drain({ acceptMs: 2_000, tunnelsMs: 2_000, withinMs: 5_000 });
      await new Promise((resolve) => setTimeout(resolve, 400));
      stopped = true;
      await Promise.all(clients);
      await drained;
      expect(failed).toEqual([]);
    }, 20_000);

    test('fails no request of clients that keep their connections', async () => {
      const { handler } = recorder(async () => text('ok'));
      const { httpPort, listener } = await start(subject, handler);
      const agent = new Agent({ keepAlive: true, maxSockets: 20 });
      const load = new LoadGenerator(agent, httpPort, 20);
      await eventually(() => load.answered > 200);
      const drained = listener.drain({ acceptMs: 2_000, tunnelsMs: 2_000, withinMs: 5_000 });
      await load.stopAfter(250);
      await drained;
      expect(load.failed).toEqual([]);
      agent.destroy();
    }, 20_000);
  });

  test('close ends everything at once', async () => {
    const { handler, requests } = recorder(() => new Promise(() => undefined));
    const { httpPort, httpsPort, listener } = await start(subject, handler);
    const client = await RawClient.connect(httpPort);
    client.send(GET);
    const session = await http2Session(httpsPort);
    session.request({ ':path': '/' }).on('error', () => undefined);
    await eventually(() => requests.length === 2);
    await listener.close();
    await client.untilClosed();
    await eventually(() => session.closed || session.destroyed);
    expect(listener.stats().connections).toBe(0);
  });

  test('an address in use is an error, and nothing stays bound', async () => {
    const { httpsPort } = await start(subject, recorder().handler);
    const { cert, key } = await testCertificate();
    const engine = subject.create({ events: {} });
    const https = { host: '127.0.0.1', port: httpsPort, cert, key };
    await expect(engine.listen({ https }, () => text(''))).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(engine.listen({}, () => text(''))).rejects.toThrow(/address/);
  });

  test('plain HTTP redirects to the same URL over HTTPS, or serves', async () => {
    const { handler, requests } = recorder();
    const { httpPort, httpsPort } = await start(subject, handler, { mode: 'redirect' });
    const response = await ask(httpPort, 'POST /a?b=1 HTTP/1.1\r\nhost: A.example:80\r\ncontent-length: 2\r\n\r\nxx');
    expect(response).toMatchObject({ status: 308, headers: { location: `https://a.example:${httpsPort}/a?b=1` } });
    expect((await ask(httpPort, 'GET / HTTP/1.0\r\n\r\n')).status).toBe(400);
    expect(requests).toHaveLength(0);
  });

  test('a new certificate is shown to new connections; a broken one is refused and changes nothing', async () => {
    const { httpsPort, listener } = await start(subject, recorder().handler);
    const dir = await mkdtemp(join(tmpdir(), 'renewed-'));
    const identity = await (await createAuthority(dir)).issue('edge-router', { dns: ['renewed.example'] });
    const read = (file: string): Promise<string> => readFile(join(identity, file), 'utf8');
    const names = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ port: httpsPort, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().subjectaltname ?? '');
          socket.destroy();
        });
        socket.once('error', reject);
      });
    expect(await names()).not.toContain('renewed.example');
    listener.setCertificate({ cert: await read('cert.pem'), key: await read('key.pem') });
    expect(await names()).toContain('renewed.example');
    const { key } = await testCertificate();
    expect(() => listener.setCertificate({ cert: 'nonsense', key })).toThrow();
    expect(await names()).toContain('renewed.example');
    await rm(dir, { recursive: true });
  });

  describe('back-pressure', () => {
    /** A body that counts what was taken from it. */
    const counted = (size: number) => {
      const chunk = Buffer.alloc(64 * 1_024, 'x');
      const source = { taken: 0, body: null as unknown as Readable };
      source.body = new Readable({
        highWaterMark: chunk.length,
        read() {
          source.taken += chunk.length;
          this.push(source.taken > size ? null : chunk);
        },
      });
      return source;
    };

    test.each(['HTTP/1.1', 'HTTP/2'])(
      'a response is taken only as fast as its reader reads (%s)',
      async (version) => {
        const source = counted(64 * MIB);
        const { httpPort, httpsPort } = await start(subject, () => ({ status: 200, headers: [], body: source.body }));
        const reader =
          version === 'HTTP/2'
            ? (await http2Session(httpsPort)).request({ ':path': '/' })
            : (await RawClient.connect(httpPort)).send(GET).socket;
        reader.removeAllListeners('data');
        reader.pause();
        let last = -1;
        await eventually(() => (source.taken > 0 && source.taken === last) || ((last = source.taken), false), {
          every: 100,
        });
        // What the kernel and the windows hold, but by no means the body.
        expect(source.taken).toBeLessThan(16 * MIB);
        let read = 0;
        reader.on('data', (chunk: Buffer | string) => (read += chunk.length));
        reader.resume();
        await eventually(() => read >= 64 * MIB, { within: 20_000 });
      },
      30_000,
    );

    test.each(['HTTP/1.1', 'HTTP/2'])(
      'a request is read only as fast as its handler reads (%s)',
      async (version) => {
        let body: Readable | null = null;
        const { handler } = recorder((request) => {
          body = request.body as Readable;
          return new Promise((resolve) => body!.once('end', () => resolve(text('done'))));
        });
        const { httpPort, httpsPort } = await start(subject, handler);
        const source = counted(64 * MIB);
        let status = 0;
        if (version === 'HTTP/2') {
          const stream = (await http2Session(httpsPort)).request({ ':method': 'POST', ':path': '/' });
          stream.on('response', (headers) => (status = headers[':status']!)).on('error', () => undefined);
          source.body.pipe(stream);
        } else {
          const upload = httpRequest(
            { port: httpPort, host: '127.0.0.1', method: 'POST' },
            (response) => (status = response.statusCode!),
          );
          source.body.pipe(upload.on('error', () => undefined));
        }
        let last = -1;
        await eventually(() => (body !== null && source.taken === last) || ((last = source.taken), false), {
          every: 100,
        });
        expect(source.taken).toBeLessThan(16 * MIB);
        body!.resume();
        await eventually(() => status === 200, { within: 20_000 });
        expect(source.taken).toBeGreaterThan(64 * MIB);
      },
      30_000,
    );
  });
}

/** Clients that ask again as soon as they are answered. */
class LoadGenerator {
  answered = 0;
  readonly failed: unknown[] = [];
  private stopped = false;
  private readonly clients: Promise<void>[];

  constructor(
    private readonly agent: Agent,
    private readonly port: number,
    clients: number,
  ) {
    this.clients = Array.from({ length: clients }, () => this.run());
  }

  async stopAfter(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.stopped = true;
    await Promise.all(this.clients);
  }

  private async run(): Promise<void> {
    while (!this.stopped)
      await this.once().then(
        () => this.answered++,
        (error) => this.failed.push(error),
      );
  }

  private once(): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ agent: this.agent, port: this.port, host: '127.0.0.1' }, (response) => {
        response.resume();
        response.on('end', resolve);
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  }
}
