import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server } from 'socket.io';
import type { Clock } from '@gateway/clock';
import { PROBLEM_JSON, toProblem } from '@gateway/errors';
import type { Identity } from '@gateway/mtls';
import type { ClientServer } from './client-socket';
import { mustBeLetIn, refusePlainRequest, type GateOptions } from './gate';

/** Where Socket.IO is served. */
export const SOCKET_PATH = '/socket.io/';

/** How the server is made. */
export interface SocketServerOptions {
  readonly clock: Clock;
  readonly address: { readonly host: string; readonly port: number };
  /** Null: plain HTTP, for a node that runs alone. */
  readonly identity: Identity | null;
  /** Largest frame of a client, in bytes. */
  readonly maxPayload: number;
  readonly gate: Omit<GateOptions, 'path' | 'connections'>;
}

/** How often a silent client is pinged, and how long it may take to answer, in ms: a dead one is gone within 30 s. */
const PING = { intervalMs: 20_000, timeoutMs: 10_000 } as const;

/** How long a connection may take from its upgrade to the token, in ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/** How long a client may take for its TLS handshake, and for the head of its request, in ms. */
const ARRIVAL_TIMEOUT_MS = 10_000;

/** How long clients may take to answer a close when the server stops, in ms: the WebSocket library would wait for 30 s. */
const CLOSE_TIMEOUT_MS = 500;

/** Socket.IO over HTTPS, WebSocket only: polling would need every request of a client on the same node. */
export class SocketServer {
  readonly io: ClientServer;
  private readonly http: HttpServer | HttpsServer;
  private readonly ends: (() => void)[] = [];
  private readonly open = new Set<Socket>();

  constructor(private readonly options: SocketServerOptions) {
    this.http = this.createHttp();
    this.http.headersTimeout = ARRIVAL_TIMEOUT_MS;
    this.http.on('connection', (socket: Socket) => this.keep(socket));
    this.io = new Server(this.http, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: options.maxPayload,
      pingInterval: PING.intervalMs,
      pingTimeout: PING.timeoutMs,
      connectTimeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false,
    });
    this.putGateBefore();
  }

  /** Where it listens; the port is known once it does. */
  get address(): { readonly host: string; readonly port: number } {
    const bound = this.http.address() as AddressInfo | null;
    return { host: this.options.address.host, port: bound?.port ?? this.options.address.port };
  }

  /** Connections there are, authenticated or not yet. */
  get connections(): number {
    return this.io.engine.clientsCount;
  }

  /** @throws Error with code EADDRINUSE */
  async start(): Promise<void> {
    const { host, port } = this.options.address;
    this.http.listen(port, host);
    await once(this.http, 'listening');
  }

  /** Closes the port and cuts what is left. */
  async stop(): Promise<void> {
    for (const end of this.ends) end();
    const cut = this.options.clock.after(CLOSE_TIMEOUT_MS, () => this.open.forEach((socket) => socket.destroy()));
    await this.io.close();
    cut.cancel();
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
  }

  private createHttp(): HttpServer | HttpsServer {
    const { identity } = this.options;
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      this.refuseRequest(request, response);
    if (identity === null) return createHttpServer(onRequest);
    const tls = identity.tlsServerOptions({ clientCert: 'optional' });
    const options = { ...tls, ALPNProtocols: ['http/1.1'], handshakeTimeout: ARRIVAL_TIMEOUT_MS };
    const server = createHttpsServer(options, onRequest);
    this.ends.push(identity.keepFresh(server));
    return server;
  }

  /** Engine.IO's own refusals are a bare 400: ours come first, and say what is wrong. */
  private putGateBefore(): void {
    const upgrade = this.http.listeners('upgrade') as ((...args: [IncomingMessage, Duplex, Buffer]) => void)[];
    this.http.removeAllListeners('upgrade');
    this.http.removeAllListeners('request');
    this.http.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.refuseRequest(request, response),
    );
    const gate = { ...this.options.gate, path: SOCKET_PATH, connections: () => this.connections };
    this.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      try {
        mustBeLetIn(request, gate);
      } catch (error) {
        return refuseUpgrade(socket, error);
      }
      for (const listener of upgrade) listener.call(this.http, request, socket, head);
    });
  }

  private refuseRequest(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    try {
      refusePlainRequest(request, SOCKET_PATH);
    } catch (error) {
      const problem = toProblem(error);
      response.writeHead(problem.status, { 'content-type': PROBLEM_JSON }).end(JSON.stringify(problem));
    }
  }
}

/** Answers an upgrade over the bare connection, as there is no response object for one. */
function refuseUpgrade(socket: Duplex, error: unknown): void {
  const problem = toProblem(error);
  const body = JSON.stringify(problem);
  // The client may be gone before it reads the answer.
  socket.on('error', () => socket.destroy());
  // Nor may it keep the connection by not closing its side.
  socket.resume().once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\ncontent-type: ${PROBLEM_JSON}\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
