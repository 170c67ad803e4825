import type { Message } from '@bufbuild/protobuf';
import type { Clock, Timer } from '@gateway/clock';
import { asGatewayError, GatewayError } from '@gateway/errors';
import type { GrpcStream } from '@gateway/grpc-pool';
import type { RawData, WebSocket } from 'ws';
import { type Close, closeOf, NORMAL, UNSUPPORTED_DATA } from './close-reason';
import type { MessageSource } from './message-source';
import type { WriteBytes } from './stream-format';
import type { ToWire } from './upload';

/** How often the client is asked whether it is still there, in milliseconds; whoever hasn't answered by then isn't. */
const PING_MS = 30_000;
/** How long a service may go on when the client has closed, in milliseconds. */
const LINGER_MS = 5_000;

/** How many messages a client has: any number; one, after the handshake; none, the handshake said it. */
export type ClientMessages = 'any' | 'one' | 'none';

/** What a call over a WebSocket is made of. */
export interface SocketCallParts {
  readonly socket: WebSocket;
  readonly stream: Pick<GrpcStream, 'send' | 'onDrain' | 'end' | 'cancel'>;
  /** What the service says. */
  readonly source: MessageSource;
  readonly clientMessages: ClientMessages;
  readonly toWire: ToWire;
  readonly write: WriteBytes;
  readonly clock: Pick<Clock, 'every' | 'after'>;
  /** Is told what the call failed with. */
  readonly onFailure: (failure: GatewayError) => void;
}

/**
 * Joins a WebSocket and a call: a text frame is a message, each way. An empty one says that the client has said everything,
 * as closing with 1000 does, only that the answers are still heard. The call's end closes the WebSocket.
 */
export class SocketCall {
  /** What the call failed with; null: nothing so far. */
  failure: GatewayError | null = null;
  private heard = 0;
  private saidAll = false;
  private ended = false;
  private alive = true;
  private readonly ping: Timer;
  private linger: Timer | null = null;

  constructor(private readonly parts: SocketCallParts) {
    const { socket, clock } = parts;
    this.ping = clock.every(PING_MS, () => this.askIfAlive());
    socket.on('pong', () => (this.alive = true));
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    // What breaks the protocol is answered by the library; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', (code) => this.closed(code));
    void this.answer();
  }

  /** Messages of the service, until it ends. */
  private async answer(): Promise<void> {
    const { source, write } = this.parts;
    try {
      for (let message = await source.next(); message !== null; message = await source.next())
        await this.sendOf(write, message);
      this.end({ code: NORMAL, reason: '' });
    } catch (error) {
      this.fail(error);
    }
  }

  /** Resolves when there is room for the next one, or nobody to take it. */
  private sendOf(write: WriteBytes, message: Message): Promise<void> {
    const text = write(message);
    return new Promise((resolve) => this.parts.socket.send(text, { binary: false }, () => resolve()));
  }

  private take(data: RawData, isBinary: boolean): void {
    if (this.ended) return;
    if (isBinary) {
      this.failWith(new GatewayError('GW_UNSUPPORTED_MEDIA_TYPE'), {
        code: UNSUPPORTED_DATA,
        reason: 'Messages are text',
      });
      return;
    }
    try {
      this.hear(data as Buffer);
    } catch (error) {
      this.fail(error);
    }
  }

  private hear(said: Buffer): void {
    const { socket, stream, toWire, clientMessages } = this.parts;
    if (said.length === 0) {
      this.hearNoMore();
      return;
    }
    if (this.saidAll || clientMessages === 'none')
      throw new GatewayError('GW_BAD_REQUEST', { detail: 'No further message is expected' });
    this.heard++;
    const hasRoom = stream.send(toWire(said));
    if (clientMessages === 'one') this.hearNoMore();
    if (hasRoom) return;
    socket.pause();
    stream.onDrain(() => socket.resume());
  }

  private hearNoMore(): void {
    if (this.saidAll) return;
    if (this.parts.clientMessages === 'one' && this.heard === 0)
      throw new GatewayError('GW_BAD_REQUEST', { detail: 'A message is expected' });
    this.saidAll = true;
    this.parts.stream.end();
  }

  private askIfAlive(): void {
    const { socket } = this.parts;
    // The answer of one whom we don't listen to stays unread; writing to it shows whether it is gone.
    if (!this.alive && !socket.isPaused) {
      socket.terminate();
      return;
    }
    this.alive = false;
    socket.ping();
  }

  private fail(error: unknown): void {
    if (!this.ended) this.failWith(asGatewayError(error), closeOf(error));
  }

  private failWith(failure: GatewayError, close: Close): void {
    this.failure = failure;
    this.parts.onFailure(failure);
    this.end(close);
    this.parts.source.cancel();
  }

  private end({ code, reason }: Close): void {
    this.ended = true;
    this.linger?.cancel();
    this.parts.socket.close(code, reason);
  }

  /** The client is gone, or we have closed. */
  private closed(code: number): void {
    this.ping.cancel();
    if (this.ended) return;
    if (code !== NORMAL || this.parts.clientMessages !== 'any') {
      this.ended = true;
      this.parts.source.cancel();
      return;
    }
    // It has said what it had to say, and the service may finish what it does with it.
    if (!this.saidAll) this.parts.stream.end();
    this.linger = this.parts.clock.after(LINGER_MS, () => this.parts.source.cancel());
  }
}
