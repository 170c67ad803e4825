import type { EdgeResponse } from '@gateway/pipeline';
import { afterEach, expect } from '@jest/globals';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { HttpClientOptions, HttpEndpoint, UpstreamRequest } from '../../http-client';
import { UndiciHttpClient } from './undici-http-client';

export const MIB = 1_024 * 1_024;
/** A whole small answer. */
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

const ends: (() => unknown)[] = [];

/** Has something ended after the test, the latest first. */
export const atEnd = (end: () => unknown): void => void ends.push(end);

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export function createClient(
  options: HttpClientOptions = {},
  clock?: ConstructorParameters<typeof UndiciHttpClient>[1],
) {
  const client = new UndiciHttpClient(options, clock);
  atEnd(() => client.close());
  return client;
}

/** @returns the port */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A real HTTP server. */
export async function upstream(listener: RequestListener): Promise<HttpEndpoint> {
  return endpointAt(await listen(createHttpServer(listener)));
}

/** Where a server of the test is, over HTTP/1.1 unless it is said otherwise. */
export const endpointAt = (port: number, protocol: HttpEndpoint['protocol'] = 'http1'): HttpEndpoint => ({
  origin: `${protocol === 'h2' ? 'https' : 'http'}://127.0.0.1:${port}`,
  protocol,
});

/** A server that answers each request with these bytes, and closes the connection after `serve` of them. */
export async function rawUpstream(bytes: string, serve = Infinity): Promise<HttpEndpoint & { connections: number[] }> {
  const connections: number[] = [];
  const server = createTcpServer((socket) => {
    const at = connections.push(0) - 1;
    socket.on('data', () => {
      if (connections[at]! >= serve) socket.destroy();
      else socket.write(bytes, 'latin1');
      connections[at]!++;
    });
  });
  return { ...endpointAt(await listen(server)), connections };
}

/** A connection can be used again only in a later turn of the event loop. */
export const idle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

export const request = (more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  method: 'GET',
  target: '/',
  headers: ['host', 'api.example'],
  body: null,
  timeoutMs: 5_000,
  ...more,
});

export async function textOf(body: EdgeResponse['body']): Promise<string> {
  if (body === null || Buffer.isBuffer(body)) return (body ?? '').toString();
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

export const failsWith = (code: string) => expect.objectContaining({ name: 'GatewayError', code });
