import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EngineLimits } from '../../limits';
import { methodRefused } from '../../refusal';
import type { Traffic } from '../traffic';
import { refusalBytes, refusalOfParserError, type ParserError } from './client-error';
import { Http1Connection } from './connection';
import { Http1Exchange } from './exchange';
import { UpgradeExchange, mayUpgrade } from './upgrade';

/** Node looks for overdue requests that often. */
const TIMEOUT_CHECK_MS = 1_000;

/** Options for node's server, plain or TLS. */
export function http1Options(limits: EngineLimits): ServerOptions {
  const options: ServerOptions & { optimizeEmptyRequests: boolean; shouldUpgradeCallback: typeof mayUpgrade } = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    // Stalled connections are looked for in one sweep.
    keepAliveTimeout: 0,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // We look at Host ourselves, for problem+json.
    requireHostHeader: false,
    // A message without a body needs no stream.
    optimizeEmptyRequests: true,
    shouldUpgradeCallback: mayUpgrade,
  };
  return options;
}

/** The HTTP/1 side of a listener: node's parser in front, exchanges behind. */
export class Http1Server {
  readonly connections = new Set<Http1Connection>();
  private readonly bySocket = new WeakMap<Socket, Http1Connection>();

  constructor(
    server: Server,
    private readonly scheme: 'http' | 'https',
    private readonly traffic: Traffic,
  ) {
    // All of them: node would drop those above the number silently. The byte limit bounds them.
    server.maxHeadersCount = 0;
    server.on('request', (message, writer) => this.onRequest(message, writer, false));
    server.on('checkContinue', (message, writer) => this.onRequest(message, writer, true));
    // An expectation that we don't know may be ignored (RFC 9110 §10.1.1).
    server.on('checkExpectation', (message, writer) => this.onRequest(message, writer, false));
    server.on('upgrade', (message, socket, early) => this.onUpgrade(message, socket as Socket, early));
    server.on('connect', (_message, socket) => this.refuseSocket(socket as Socket, methodRefused()));
    server.on('clientError', (error, socket) => this.onClientError(error as ParserError, socket as Socket));
  }

  /** Takes note of a connection. To be called before node's own listener sees it. */
  accept(socket: Socket): void {
    const connection = new Http1Connection(socket, this.scheme, this.traffic);
    this.connections.add(connection);
    this.bySocket.set(socket, connection);
    socket.once('close', () => this.connections.delete(connection));
  }

  /** Ends connections on which nothing happens any more. */
  closeStalled(): void {
    for (const connection of this.connections) connection.closeIfStalled();
  }

  private onRequest(message: IncomingMessage, writer: ServerResponse, awaitsContinue: boolean): void {
    const connection = this.bySocket.get(message.socket);
    // Pipelined behind an answer that ended the connection.
    if (connection === undefined || connection.finished) return;
    // HTTP/1 has no setting for it, but a pipeline must not be cheaper than HTTP/2's streams.
    if (connection.open.size >= this.traffic.limits.streams) message.socket.destroy();
    else new Http1Exchange(this.traffic, connection, message, writer).begin(awaitsContinue);
  }

  private onUpgrade(message: IncomingMessage, socket: Socket, early: Buffer): void {
    const connection = this.bySocket.get(socket)!;
    socket.setKeepAlive(true, this.traffic.limits.streamIdleMs);
    new UpgradeExchange(this.traffic, connection, message, socket).begin(early);
  }

  private onClientError(error: ParserError, socket: Socket): void {
    const refusal = refusalOfParserError(error);
    if (refusal === null || !socket.writable) socket.destroy();
    else this.refuseSocket(socket, refusal);
  }

  /** Answers bytes that no request came out of. */
  private refuseSocket(socket: Socket, error: Error): void {
    const connection = this.bySocket.get(socket);
    if (connection === undefined || connection.finished) return;
    if (connection.open.size > 0) {
      // The answer must not be taken for that of a request before: only the one that is broken may have it.
      const [only] = connection.open;
      if (connection.open.size > 1 || !only!.refuse(error)) socket.destroy();
      return;
    }
    socket.write(refusalBytes(this.traffic.refuse(error, connection.remoteAddress)), 'latin1');
    connection.linger();
  }
}
