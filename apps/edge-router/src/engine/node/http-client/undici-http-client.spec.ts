import type { EdgeResponse } from '@gateway/pipeline';
import { createAuthority, eventually, fakeClock } from '@gateway/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, createSecureServer as createSecureHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { HttpClientOptions, HttpEndpoint, UpstreamRequest } from '../../http-client';
import { UndiciHttpClient } from './undici-http-client';

const MIB = 1_024 * 1_024;
const ends: (() => unknown)[] = [];
let folder: string;
let pem: { ca: string; echo: [string, string]; other: [string, string] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-client-'));
  const authority = await createAuthority(folder);
  const read = async (name: string): Promise<[string, string]> => {
    const dir = await authority.issue(name);
    return [readFileSync(join(dir, 'cert.pem'), 'utf8'), readFileSync(join(dir, 'key.pem'), 'utf8')];
  };
  pem = { ca: authority.ca, echo: await read('echo-service'), other: await read('other-service') };
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function createClient(options: HttpClientOptions = {}, clock?: ConstructorParameters<typeof UndiciHttpClient>[1]) {
  const client = new UndiciHttpClient(options, clock);
  ends.push(() => client.close());
  return client;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A real HTTP server. */
async function upstream(listener: RequestListener): Promise<HttpEndpoint> {
  return { origin: `http://127.0.0.1:${await listen(createHttpServer(listener))}`, protocol: 'http1' };
}

/** A server that answers each request with these bytes, and closes the connection after `serve` of them. */
async function rawUpstream(bytes: string, serve = Infinity): Promise<HttpEndpoint & { connections: number[] }> {
  const connections: number[] = [];
  const server = createTcpServer((socket) => {
    const at = connections.push(0) - 1;
    socket.on('data', () => {
      if (connections[at]! >= serve) socket.destroy();
      else socket.write(bytes, 'latin1');
      connections[at]!++;
    });
  });
  return { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1', connections };
}

/** A connection can be used again only in a later turn of the event loop. */
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const request = (more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  method: 'GET',
  target: '/',
  headers: ['host', 'api.example'],
  body: null,
  timeoutMs: 5_000,
  ...more,
});

async function textOf(body: EdgeResponse['body']): Promise<string> {
  if (body === null || Buffer.isBuffer(body)) return (body ?? '').toString();
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

const failsWith = (code: string) => expect.objectContaining({ name: 'GatewayError', code });

describe('send', () => {
  test('passes method, target, fields and body on, and the answer back', async () => {
    const endpoint = await upstream((message, writer) => {
      const seen = `${message.method} ${message.url} ${JSON.stringify(message.rawHeaders)}`;
      message
        .resume()
        .on('end', () =>
          writer
            .writeHead(201, [
              'X-Seen',
              seen,
              'Set-Cookie',
              'a',
              'Set-Cookie',
              'b',
              'Date',
              'now',
              'Content-Length',
              '5',
            ])
            .end('hello'),
        );
    });
    const headers = [
      'host',
      'api.example',
      'x-a',
      '1',
      'x-a',
      '2',
      'content-length',
      '999',
      'connection',
      'x',
      'te',
      'trailers',
    ];
    const response = await createClient().send(
      endpoint,
      request({ method: 'POST', target: '/a?b=c', headers, body: Buffer.from('hi') }),
    );
    expect(response).toMatchObject({ status: 201, body: Buffer.from('hello') });
    expect(response.headers).toEqual([
      'x-seen',
      expect.any(String),
      'set-cookie',
      'a',
      'set-cookie',
      'b',
      'date',
      'now',
      'content-length',
      '5',
    ]);
    expect(response.headers[1]).toBe(
      'POST /a?b=c ["host","api.example","connection","keep-alive","x-a","1","x-a","2","content-length","2"]',
    );
  });

  test('a body of known, small length is one buffer; others are streams', async () => {
    const endpoint = await upstream(({ url }, writer) => {
      if (url === '/chunked') writer.write('one');
      else writer.setHeader('content-length', url === '/large' ? 100_000 : 3);
      writer.end(url === '/large' ? 'x'.repeat(100_000) : 'two');
    });
    const client = createClient();
    const ask = (target: string): Promise<EdgeResponse> => client.send(endpoint, request({ target }));
    expect((await ask('/small')).body).toEqual(Buffer.from('two'));
    for (const [target, text] of [
      ['/chunked', 'onetwo'],
      ['/large', 'x'.repeat(100_000)],
    ] as const) {
      const { body } = await ask(target);
      expect(body).toBeInstanceOf(Readable);
      expect(await textOf(body)).toBe(text);
    }
  });

  test('an empty answer has no body, nor have answers to HEAD, 204 and 304', async () => {
    const endpoint = await upstream(({ url }, writer) =>
      writer.writeHead(Number(url!.slice(1))).end(url === '/200' ? 'xx' : ''),
    );
    const client = createClient();
    expect(await client.send(endpoint, request({ method: 'HEAD', target: '/200' }))).toMatchObject({
      status: 200,
      body: null,
    });
    for (const status of [204, 304, 404]) {
      expect(await client.send(endpoint, request({ target: `/${status}` }))).toMatchObject({ status });
    }
  });

  test('trailers that were announced come after the body', async () => {
    const endpoint = await upstream((_, writer) => {
      writer.writeHead(200, ['trailer', 'X-Sum']);
      writer.addTrailers({ 'X-Sum': '6' });
      writer.end('123');
    });
    const { body, trailers } = await createClient().send(endpoint, request());
    await textOf(body);
    expect(trailers!()).toEqual(['x-sum', '6']);
  });

  test('interim answers are skipped, and fields of the connection dropped', async () => {
    const head =
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nconnection: keep-alive, x-hop\r\nx-hop: 1\r\nX-Kept: \xe9\r\ncontent-length: 2\r\n\r\nok';
    const response = await createClient().send(await rawUpstream(head), request());
    expect(response).toMatchObject({ status: 200, body: Buffer.from('ok') });
    expect(response.headers).toEqual(['x-kept', '\xe9', 'content-length', '2']);
  });

  test('connections are used again', async () => {
    const endpoint = await rawUpstream('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    const client = createClient();
    for (let i = 0; i < 3; i++) {
      await client.send(endpoint, request());
      await idle();
    }
    expect(endpoint.connections).toEqual([3]);
    expect(client.stats()).toEqual([
      expect.objectContaining({ origin: endpoint.origin, connections: 1, running: 0, queued: 0 }),
    ]);
  });

  test('connections and queue are bounded', async () => {
    const held: (() => void)[] = [];
    const endpoint = await upstream((_, writer) => held.push(() => writer.end('ok')));
    const client = createClient({ connections: 2, queue: 1 });
    const running = [1, 2, 3].map(() => client.send(endpoint, request()));
    await eventually(() => held.length === 2);
    expect(client.stats()[0]).toMatchObject({ connections: 2, running: 2, queued: 1 });
    await expect(client.send(endpoint, request())).rejects.toEqual(failsWith('GW_OVERLOADED'));
    held[0]!();
    await eventually(() => held.length === 3);
    for (const end of held) end();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('streams', () => {
  test('a request body is sent as it is read, and no faster than it is taken', async () => {
    let taken = 0;
    let message: Readable | null = null;
    const endpoint = await upstream((incoming, writer) => {
      message = incoming;
      incoming.on('data', (chunk: Buffer) => (taken += chunk.length)).on('end', () => writer.end('done'));
      incoming.pause();
    });
    const source = { given: 0 };
    const body = new Readable({
      read() {
        source.given += 64 * 1_024;
        this.push(source.given > 64 * MIB ? null : Buffer.alloc(64 * 1_024));
      },
    });
    const response = createClient().send(endpoint, request({ method: 'POST', body }));
    let last = -1;
    await eventually(() => (message !== null && source.given === last) || ((last = source.given), false), {
      every: 100,
    });
    expect(source.given).toBeLessThan(16 * MIB);
    message!.resume();
    expect((await response).body).toEqual(Buffer.from('done'));
    expect(taken).toBe(64 * MIB);
  }, 20_000);

  test('a response body is taken no faster than it is read', async () => {
    let given = 0;
    const endpoint = await upstream((_, writer) => {
      const source = new Readable({
        read() {
          given += 64 * 1_024;
          this.push(given > 64 * MIB ? null : Buffer.alloc(64 * 1_024));
        },
      });
      source.pipe(writer);
    });
    const { body } = await createClient().send(endpoint, request());
    let last = -1;
    await eventually(() => (given > 0 && given === last) || ((last = given), false), { every: 100 });
    expect(given).toBeLessThan(16 * MIB);
    let read = 0;
    for await (const chunk of body as Readable) read += (chunk as Buffer).length;
    expect(read).toBe(64 * MIB);
  }, 20_000);

  test('a response that nobody wants is not read to its end', async () => {
    let closed = false;
    const endpoint = await upstream((_, writer) => {
      writer.write('some');
      writer.on('close', () => (closed = true));
    });
    const { body } = await createClient().send(endpoint, request());
    (body as Readable).destroy();
    await eventually(() => closed);
  });

  test('a client that leaves while it uploads ends the call', async () => {
    let aborted = false;
    const endpoint = await upstream((message) => message.on('error', () => (aborted = true)).resume());
    const body = new Readable({ read: () => undefined });
    body.push('half');
    const call = createClient().send(endpoint, request({ method: 'POST', body }));
    setImmediate(() => setImmediate(() => body.destroy(new Error('gone'))));
    await expect(call).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
    await eventually(() => aborted);
  });

  test('a broken response breaks the stream', async () => {
    const endpoint = await upstream((_, writer) => {
      writer.write('some');
      setImmediate(() => writer.destroy());
    });
    const { body } = await createClient().send(endpoint, request());
    await expect(textOf(body)).rejects.toEqual(failsWith('GW_UPSTREAM_PROTOCOL'));
  });
});

describe('failures', () => {
  test('nobody listens: refused', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const call = createClient().send({ origin: `http://127.0.0.1:${port}`, protocol: 'http1' }, request());
    await expect(call).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  });

  test('an address that does not answer: refused after the connect time', async () => {
    const clock = fakeClock();
    // A port whose queue is full would do; an address from TEST-NET-1 is simpler, routed nowhere or refused at once.
    const endpoint: HttpEndpoint = { origin: 'http://192.0.2.1:81', protocol: 'http1' };
    const call = createClient({ connectTimeoutMs: 100 }, clock).send(endpoint, request({ timeoutMs: 0 }));
    clock.advance(100);
    await expect(call).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  });

  test.each([
    ['closes without a word', '', 'GW_UPSTREAM_REFUSED'],
    ['speaks another protocol', '220 smtp.example ready\r\n', 'GW_UPSTREAM_PROTOCOL'],
    ['breaks off in the head', 'HTTP/1.1 200 OK\r\nx-a:', 'GW_UPSTREAM_PROTOCOL'],
    ['breaks off in a small body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', 'GW_UPSTREAM_PROTOCOL'],
    ['sends a head without end', `HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(100_000)}`, 'GW_UPSTREAM_PROTOCOL'],
    [
      'switches protocols unasked',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      'GW_UPSTREAM_PROTOCOL',
    ],
  ])('an upstream that %s', async (_, bytes, code) => {
    const server = createTcpServer((socket) => socket.once('data', () => socket.end(bytes)));
    const endpoint: HttpEndpoint = { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1' };
    await expect(createClient().send(endpoint, request())).rejects.toEqual(failsWith(code));
  });

  test('an answer that takes too long is a timeout, and the upstream is left', async () => {
    const clock = fakeClock();
    let closed = false;
    let asked = false;
    const endpoint = await upstream((_, writer) => {
      asked = true;
      writer.on('close', () => (closed = true));
    });
    const call = createClient({}, clock).send(endpoint, request({ timeoutMs: 1_000 }));
    await eventually(() => asked);
    clock.advance(999);
    clock.advance(1);
    await expect(call).rejects.toEqual(failsWith('GW_TIMEOUT'));
    await eventually(() => closed);
  });

  test('the time of an upload does not count', async () => {
    const clock = fakeClock();
    let asked = false;
    const endpoint = await upstream((message) => {
      asked = true;
      message.resume();
    });
    const body = new Readable({ read: () => undefined });
    const call = createClient({}, clock).send(endpoint, request({ method: 'POST', body, timeoutMs: 1_000 }));
    body.push('half');
    await eventually(() => asked);
    clock.advance(10_000);
    body.push(null);
    await eventually(() => {
      clock.advance(1_000);
      return body.destroyed;
    });
    await expect(call).rejects.toEqual(failsWith('GW_TIMEOUT'));
  });

  test('a client that goes away leaves the upstream', async () => {
    let cancel = (): void => undefined;
    let asked = 0;
    let closed = 0;
    const endpoint = await upstream((_, writer) => {
      asked++;
      writer.on('close', () => closed++);
    });
    const client = createClient({ connections: 1 });
    const call = client.send(endpoint, request({ onCancel: (listener) => (cancel = listener) }));
    const waiting = client.send(endpoint, request({ onCancel: (listener) => listener() }));
    await expect(waiting).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
    await eventually(() => asked === 1);
    cancel();
    await expect(call).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
    await eventually(() => closed === 1);
    expect(asked).toBe(1);
  });

  test('a request that cannot be sent is our own failure', async () => {
    const endpoint = await upstream((_, writer) => writer.end());
    const call = createClient().send(endpoint, request({ headers: ['host', 'a', 'x-a', 'one\r\ntwo'] }));
    await expect(call).rejects.toEqual(failsWith('GW_INTERNAL'));
  });
});

describe('a connection that the upstream closes just when it is used again', () => {
  const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  test('costs an idempotent request nothing', async () => {
    const endpoint = await rawUpstream(OK, 1);
    const client = createClient();
    for (let i = 0; i < 3; i++) expect(await client.send(endpoint, request())).toMatchObject({ status: 200 });
    expect(endpoint.connections.length).toBeGreaterThan(1);
  });

  test('fails one that must not be sent twice', async () => {
    const endpoint = await rawUpstream(OK, 1);
    const client = createClient();
    await client.send(endpoint, request());
    await idle();
    const post = client.send(endpoint, request({ method: 'POST', body: Buffer.from('x') }));
    await expect(post).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  });

  test('a server that closes fresh connections is not asked twice', async () => {
    const endpoint = await rawUpstream(OK, 0);
    await expect(createClient().send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
    expect(endpoint.connections).toEqual([1]);
  });
});

describe('tunnel', () => {
  test('joins a connection after 101, and passes a refusal on', async () => {
    const endpoint = await upstream((_, writer) =>
      writer.writeHead(404, { 'content-length': 15 }).end('no sockets here'),
    );
    const server = createHttpServer((_, writer) => writer.writeHead(403).end('not you'));
    server.on('upgrade', (message, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${message.headers['sec-websocket-key']}\r\n\r\nearly`,
      );
      socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`)).on('error', () => undefined);
    });
    const tunnelled: HttpEndpoint = { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1' };
    const client = createClient();
    const headers = ['host', 'a', 'sec-websocket-key', 'k'];
    const response = await client.tunnel(tunnelled, request({ headers }), 'websocket');
    expect(response).toMatchObject({ status: 101, headers: ['sec-websocket-accept', 'k'], body: null });
    let received = '';
    response.tunnel!.on('data', (chunk: Buffer) => (received += chunk.toString()));
    response.tunnel!.write('hi');
    await eventually(() => received === 'earlyecho hi');
    response.tunnel!.destroy();
    expect(await client.tunnel(endpoint, request(), 'websocket')).toMatchObject({
      status: 404,
      body: Buffer.from('no sockets here'),
    });
    expect(await client.send(tunnelled, request())).toMatchObject({ status: 403 });
  });

  test('one that comes too late is closed', async () => {
    let closed = false;
    let cancel = (): void => undefined;
    const server = createHttpServer();
    server.on('upgrade', (_, socket) => {
      socket
        .on('end', () => (closed = true))
        .on('error', () => (closed = true))
        .resume();
      cancel();
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    });
    const endpoint: HttpEndpoint = { origin: `http://127.0.0.1:${await listen(server)}`, protocol: 'http1' };
    const call = createClient().tunnel(endpoint, request({ onCancel: (listener) => (cancel = listener) }), 'websocket');
    await expect(call).rejects.toEqual(failsWith('GW_CLIENT_CLOSED'));
    await eventually(() => closed);
  });
});

describe('TLS', () => {
  const secure = async ([cert, key]: [string, string]): Promise<string> => {
    const options = { cert, key, ca: pem.ca, requestCert: true, rejectUnauthorized: true };
    const server = createHttpsServer(options, (_, writer) => writer.end('secure'));
    return `https://127.0.0.1:${await listen(server)}`;
  };
  const expecting = (spiffeId: string) => (endpoint: HttpEndpoint) => {
    expect(endpoint.expect).toBe(spiffeId);
    const [cert, key] = pem.other;
    const checkServerIdentity = (_host: string, { subjectaltname }: { subjectaltname?: string }): Error | undefined =>
      subjectaltname?.includes(`URI:${spiffeId}`) === true ? undefined : new Error('somebody else');
    return { ca: pem.ca, cert, key, checkServerIdentity };
  };

  test('both sides show who they are', async () => {
    const endpoint: HttpEndpoint = {
      origin: await secure(pem.echo),
      protocol: 'http1',
      expect: 'spiffe://gateway.local/echo-service',
    };
    const client = createClient({ tls: expecting(endpoint.expect!) });
    for (const host of ['a', 'b', 'c']) {
      await idle();
      expect(await client.send(endpoint, request({ headers: ['host', host] }))).toMatchObject({
        body: Buffer.from('secure'),
      });
    }
    expect(client.stats()[0]).toMatchObject({ connections: 1, expect: endpoint.expect });
  });

  test('somebody else is refused, and so is a server that we do not trust', async () => {
    const endpoint: HttpEndpoint = {
      origin: await secure(pem.other),
      protocol: 'http1',
      expect: 'spiffe://gateway.local/echo-service',
    };
    const strict = createClient({ tls: expecting(endpoint.expect!) });
    await expect(strict.send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
    await expect(createClient().send(endpoint, request())).rejects.toEqual(failsWith('GW_UPSTREAM_REFUSED'));
  });
});

describe('HTTP/2 upstreams', () => {
  const onStream = (stream: import('node:http2').ServerHttp2Stream, headers: Record<string, unknown>): void => {
    const answer = `${headers[':method']} ${headers[':path']} ${headers[':authority']} `;
    stream.respond({ ':status': 200, 'x-a': ['1', '2'] });
    stream.write(answer);
    stream.pipe(stream);
  };

  test.each(['h2', 'h2c'] as const)('%s', async (protocol) => {
    const [cert, key] = pem.echo;
    const server = protocol === 'h2' ? createSecureHttp2Server({ cert, key }) : createHttp2Server();
    server.on('stream', onStream);
    server.on('sessionError', () => undefined);
    const scheme = protocol === 'h2' ? 'https' : 'http';
    const endpoint: HttpEndpoint = { origin: `${scheme}://127.0.0.1:${await listen(server)}`, protocol };
    const client = createClient({ tls: () => ({ ca: pem.ca }) });
    const response = await client.send(endpoint, request({ method: 'POST', target: '/x', body: Buffer.from('hello') }));
    expect(response).toMatchObject({ status: 200, headers: expect.arrayContaining(['x-a']) });
    expect(await textOf(response.body)).toBe('POST /x api.example hello');
  });
});

describe('pools', () => {
  const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  test('one that is released opens again when it is used', async () => {
    const endpoint = await rawUpstream(OK);
    const client = createClient();
    await client.send(endpoint, request());
    client.release(endpoint);
    client.release(endpoint);
    expect(client.stats()).toEqual([]);
    await client.send(endpoint, request());
    expect(endpoint.connections).toHaveLength(2);
  });

  test('one that has not been used for a while is closed', async () => {
    const clock = fakeClock();
    const endpoint = await rawUpstream(OK);
    const client = createClient({ poolIdleMs: 1_000 }, clock);
    await client.send(endpoint, request());
    clock.advance(999);
    expect(client.stats()).toHaveLength(1);
    await eventually(() => {
      clock.advance(500);
      return client.stats().length === 0;
    });
    expect(clock.pending).toBe(1);
  });
});
