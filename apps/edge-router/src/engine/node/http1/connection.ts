import type { Socket } from 'node:net';
import type { Traffic } from '../traffic';
import { remoteAddressOf } from '../head';

/** How long the rest of a request may still be read after its answer, so that the client gets to read that. */
const LINGER_MS = 2_000;

/** The part of a request that its connection must know when the bytes after it make no sense. */
export interface OpenExchange {
  /** Answers instead of the handler; false when an answer is on its way or the request was whole. */
  refuse(error: unknown): boolean;
}

/** One client connection that speaks HTTP/1. */
export class Http1Connection {
  /** Requests whose response has not ended; more than one when the client pipelines. */
  readonly open = new Set<OpenExchange>();
  readonly remoteAddress: string;
  /** Nothing more that the client sends means anything. */
  finished = false;
  /** Whether the connection was handed over to a tunnel. */
  tunnelled = false;
  /** `Clock.monotonic` of the last response's end, or of the beginning. */
  quietSince: number;
  private quietAt = 0;
  /** Bytes moved in either direction when it was last looked at, and since when it is that many. */
  private moved = 0;
  private movedAt: number;

  constructor(
    readonly socket: Socket,
    readonly scheme: 'http' | 'https',
    private readonly traffic: Traffic,
  ) {
    this.remoteAddress = remoteAddressOf(socket.remoteAddress);
    this.quietSince = traffic.clock.monotonic();
    this.movedAt = this.quietSince;
  }

  opened(exchange: OpenExchange): void {
    this.open.add(exchange);
  }

  closed(exchange: OpenExchange): void {
    this.open.delete(exchange);
    if (this.open.size > 0) return;
    this.quietSince = this.traffic.clock.monotonic();
    this.quietAt = this.socket.bytesRead;
  }

  /** Whether no request is open, or has begun to arrive, since that many milliseconds. */
  quietFor(ms: number): boolean {
    if (this.open.size > 0 || this.tunnelled || this.socket.bytesRead !== this.quietAt) return false;
    return this.traffic.clock.monotonic() - this.quietSince >= ms;
  }

  /**
   * Ends a connection without a request for too long, or without a byte for too long in the middle of one. Called now
   * and then: two timers of the socket's own, set with every request, would cost more than all our checks of its head.
   */
  closeIfStalled(): void {
    const { clock, limits } = this.traffic;
    if (this.tunnelled) return;
    if (this.open.size === 0) {
      if (this.quietFor(limits.connectionIdleMs)) this.linger();
      return;
    }
    const moved = this.socket.bytesRead + this.socket.bytesWritten;
    if (moved !== this.moved) {
      this.moved = moved;
      this.movedAt = clock.monotonic();
    } else if (clock.monotonic() - this.movedAt >= limits.streamIdleMs) this.socket.destroy();
  }

  /**
   * Closes the sending side and reads on for a moment. Closing both at once, with bytes of the client's unread, would
   * make the kernel send a reset that overtakes our answer.
   */
  linger(): void {
    if (this.finished) return;
    this.finished = true;
    const { socket } = this;
    const timer = this.traffic.clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', () => timer.cancel());
    socket.on('error', () => undefined);
    socket.end();
    socket.resume();
  }
}
