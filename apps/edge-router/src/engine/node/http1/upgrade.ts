import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EdgeResponse } from '@gateway/pipeline';
import { discard } from '../discard';
import { NodeRequest } from '../node-request';
import type { Traffic } from '../traffic';
import type { Http1Connection, OpenExchange } from './connection';
import { Http1Exchange } from './exchange';
import { readHttp1Head } from './read-head';
import { joinTunnel } from './tunnel';

/**
 * Whether a request that offers another protocol is passed on as such. Everything else is an ordinary request, whose
 * offer we ignore, as a server may (RFC 9110 §7.8): h2c above all, which would carry requests past the pipeline.
 */
export function mayUpgrade({ method, headers }: IncomingMessage): boolean {
  const bodyless = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  return method === 'GET' && bodyless && headers.upgrade?.toLowerCase() === 'websocket';
}

/** A request to switch protocols: answered with a tunnel, or like any other request when it is refused. */
export class UpgradeExchange implements OpenExchange {
  private answered = false;

  constructor(
    private readonly traffic: Traffic,
    private readonly connection: Http1Connection,
    private readonly message: IncomingMessage,
    private readonly socket: Duplex,
  ) {}

  /** @param early what the client sent before it had the answer */
  begin(early: Buffer): void {
    const { traffic, connection, socket, message } = this;
    traffic.requests++;
    connection.opened(this);
    connection.tunnelled = true;
    socket.on('error', () => undefined);
    if (early.length > 0) socket.unshift(early);
    let request: NodeRequest;
    try {
      const head = readHttp1Head(message, traffic.limits, connection);
      request = new NodeRequest({ ...head, upgrade: message.headers.upgrade!.toLowerCase() }, null);
    } catch (error) {
      this.respond(traffic.refuse(error, connection.remoteAddress), () => undefined);
      return;
    }
    const gone = (): void => request.cancel();
    socket.once('close', gone);
    traffic.answer(request, (response) => this.respond(response, () => socket.removeListener('close', gone)));
  }

  refuse(): boolean {
    return false;
  }

  /** @param answered called before anything is written: from then on the client's leaving is no cancellation */
  private respond(response: EdgeResponse, answered: () => void): void {
    if (this.answered) return;
    this.answered = true;
    this.traffic.requests--;
    if (this.socket.destroyed) {
      this.connection.closed(this);
      discard(response);
      return;
    }
    answered();
    if (response.status === 101 && response.tunnel !== undefined) this.join(response, response.tunnel);
    else this.decline(response);
  }

  private join(response: EdgeResponse, upstream: Duplex): void {
    const { socket, traffic, connection } = this;
    traffic.tunnels++;
    const before = connection.socket.bytesWritten;
    socket.write(switchingProtocols(response.headers, this.message.headers.upgrade!));
    joinTunnel(socket, upstream, traffic.clock, () => {
      traffic.tunnels--;
      connection.closed(this);
      response.onEnd?.({ bytes: connection.socket.bytesWritten - before, complete: true });
    });
  }

  /** The parser has let go of the connection, so it ends with this answer. */
  private decline(response: EdgeResponse): void {
    const writer = new ServerResponse(this.message);
    writer.shouldKeepAlive = false;
    writer.assignSocket(this.connection.socket);
    this.connection.closed(this);
    const exchange = new Http1Exchange(this.traffic, this.connection, this.message, writer);
    writer.once('finish', () => {
      writer.detachSocket(this.connection.socket);
      writer.emit('close');
      this.connection.linger();
    });
    exchange.answerWith(response);
  }
}

function switchingProtocols(headers: string[], protocol: string): string {
  const head = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', `upgrade: ${protocol}`];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== 'connection' && headers[i] !== 'upgrade') head.push(`${headers[i]}: ${headers[i + 1]}`);
  }
  return `${head.join('\r\n')}\r\n\r\n`;
}
