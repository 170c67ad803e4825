import type { Clock } from '@gateway/clock';
import type { EdgeRequest, EdgeResponse } from '@gateway/pipeline';
import { createAuthority, eventually } from '@gateway/testing';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectHttp2, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Certificate, EdgeHandler, Engine, EngineEvents, ListenOptions, Listener } from '../engine';
import type { EngineLimits } from '../limits';

/** An engine under test. */
export interface Subject {
  create(options: { clock?: Clock; events: EngineEvents }): Engine;
}

/** A listening engine, with what it reported. */
export interface Running {
  readonly listener: Listener;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly refused: string[];
  readonly errors: unknown[];
}

/** How a test wants its engine. */
export interface StartOptions {
  readonly limits?: Partial<EngineLimits>;
  readonly mode?: 'redirect' | 'serve';
  readonly clock?: Clock;
}

const ends: (() => unknown)[] = [];
let credentials: (Certificate & { ca: string }) | null = null;

/** Ends what the last test started. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

/** Certificates for localhost, made once. */
export async function testCertificate(): Promise<Certificate & { ca: string }> {
  if (credentials === null) {
    const dir = await mkdtemp(join(tmpdir(), 'engine-'));
    const authority = await createAuthority(dir);
    const identity = await authority.issue('edge-router');
    const [cert, key] = ['cert.pem', 'key.pem'].map((file) => readFileSync(join(identity, file), 'utf8'));
    credentials = { cert: cert!, key: key!, ca: authority.ca };
    await rm(dir, { recursive: true });
  }
  return credentials;
}

/** Starts an engine on free ports, with TLS and without. */
export async function start(subject: Subject, handler: EdgeHandler, options: StartOptions = {}): Promise<Running> {
  const { cert, key } = await testCertificate();
  const refused: string[] = [];
  const errors: unknown[] = [];
  const events = {
    onRefused: (code: string) => refused.push(code),
    onHandlerError: (error: unknown) => errors.push(error),
  };
  const engine = subject.create({ clock: options.clock, events });
  const listen: ListenOptions = {
    http: { host: '127.0.0.1', port: 0, mode: options.mode ?? 'serve' },
    https: { host: '127.0.0.1', port: 0, cert, key },
    limits: options.limits,
  };
  const listener = await engine.listen(listen, handler);
  ends.push(() => listener.close());
  const portOf = (scheme: string): number => listener.addresses.find((address) => address.scheme === scheme)!.port;
  return { listener, httpPort: portOf('http'), httpsPort: portOf('https'), refused, errors };
}

/** A response as it came over HTTP/1. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly trailers: string;
}

/** A client connection that writes bytes as they are. */
export class RawClient {
  received = '';
  ended = false;
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.received += text));
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => undefined);
    ends.push(() => socket.destroy());
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return client;
  }

  static async connectTls(port: number, protocol: string): Promise<RawClient> {
    const { ca } = await testCertificate();
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca, ALPNProtocols: [protocol] });
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', () => resolve()).once('error', reject));
    return client;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Takes the next final response off what came. `head`: it answers HEAD. */
  response(options: { head?: boolean } = {}): Promise<RawResponse> {
    return eventually(() => {
      const parsed = parseResponse(this.received, this.closed || this.ended, options.head ?? false);
      if (parsed === null) throw new Error(`no whole response in ${JSON.stringify(this.received.slice(0, 300))}`);
      this.received = parsed.rest;
      return parsed.response;
    });
  }

  untilClosed(within = 5_000): Promise<boolean> {
    return eventually(() => this.closed, { within });
  }
}

function parseResponse(text: string, closed: boolean, head: boolean): { response: RawResponse; rest: string } | null {
  const split = text.indexOf('\r\n\r\n');
  if (split === -1) return null;
  const [statusLine, ...lines] = text.slice(0, split).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(statusLine!.split(' ')[1]);
  const after = text.slice(split + 4);
  const done = (body: string, rest: string, trailers = '') => ({ response: { status, headers, body, trailers }, rest });
  if (status === 100) return parseResponse(after, closed, head);
  if (head || status === 204 || status === 304 || status === 101) return done('', after);
  if (headers['transfer-encoding'] === 'chunked') {
    const whole = parseChunks(after);
    return whole === null ? null : done(whole.body, whole.rest, whole.trailers);
  }
  if (headers['content-length'] === undefined) return closed ? done(after, '') : null;
  const length = Number(headers['content-length']);
  return after.length < length ? null : done(after.slice(0, length), after.slice(length));
}

function parseChunks(text: string): { body: string; trailers: string; rest: string } | null {
  let body = '';
  let at = 0;
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return null;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) {
      const end = text.indexOf('\r\n\r\n', line);
      return end === -1 ? null : { body, trailers: text.slice(line + 2, end), rest: text.slice(end + 4) };
    }
    if (text.length < line + 2 + size + 2) return null;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

/** One request on a connection of its own. */
export async function ask(port: number, request: string, options: { head?: boolean } = {}): Promise<RawResponse> {
  const client = await RawClient.connect(port);
  return client.send(request).response(options);
}

/** An HTTP/2 session with the engine. */
export async function http2Session(port: number): Promise<ClientHttp2Session> {
  const { ca } = await testCertificate();
  const session = connectHttp2(`https://localhost:${port}`, {
    ca,
    host: '127.0.0.1',
    servername: 'localhost',
  } as never);
  session.on('error', () => undefined);
  ends.push(() => session.destroy());
  await new Promise<void>((resolve, reject) => session.once('connect', () => resolve()).once('error', reject));
  return session;
}

/** A response as it came over HTTP/2. */
export interface Http2Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | null;
}

/** One request on an HTTP/2 session. */
export function askHttp2(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body?: string,
): Promise<Http2Response> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return new Promise((resolve, reject) => {
    let received: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | null = null;
    const chunks: Buffer[] = [];
    stream.on('response', (fields) => (received = fields));
    stream.on('trailers', (fields) => (trailers = fields));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      const status = Number((received as Record<string, unknown>)[':status']);
      resolve({ status, headers: received, body: Buffer.concat(chunks).toString('latin1'), trailers });
    });
  });
}

/** A handler that keeps what it was asked and answers alike. */
export function recorder(answer: (request: EdgeRequest) => EdgeResponse | Promise<EdgeResponse> = () => text('ok')) {
  const requests: EdgeRequest[] = [];
  const handler: EdgeHandler = (request) => {
    requests.push(request);
    return answer(request);
  };
  return { handler, requests };
}

/** A whole response. */
export const text = (body: string, more: Partial<EdgeResponse> = {}): EdgeResponse => ({
  status: 200,
  headers: ['content-type', 'text/plain'],
  body: Buffer.from(body),
  ...more,
});

/** All of a streamed body. */
export async function readAll(body: unknown): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as Readable) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
