import { GatewayError } from '@gateway/errors';
import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { EngineLimits } from '../../limits';
import { remoteAddressOf } from '../head';
import type { Traffic } from '../traffic';
import { Http2Exchange } from './exchange';

/** The last stream id of a GOAWAY that only announces one (RFC 9113 §6.8). */
const ANY_STREAM = 2 ** 31 - 1;
/** Header fields above the limit up to which a request still gets a 431; beyond, its stream is reset. */
const SPARE_FIELDS = 100;
const SESSION_MEMORY_MB = 10;

/** One client connection that speaks HTTP/2. */
export class Http2Connection {
  readonly open = new Set<Http2Exchange>();
  readonly remoteAddress: string;
  private readonly session: ServerHttp2Session;
  /** `Clock.monotonic` of the last sign of life before or after we said GOAWAY; null: not said yet. */
  private announcedAt: number | null = null;

  constructor(
    readonly socket: TLSSocket,
    private readonly traffic: Traffic,
  ) {
    const { limits } = traffic;
    this.remoteAddress = remoteAddressOf(socket.remoteAddress);
    this.session = performServerHandshake(socket, sessionOptions(limits) as never);
    this.session.setLocalWindowSize(limits.connectionWindowBytes);
    this.session.on('stream', (stream, _headers, flags, raw) =>
      this.onStream(stream, flags, raw as unknown as string[]),
    );
    this.session.on('error', () => undefined);
    this.session.setTimeout(limits.connectionIdleMs, () => this.session.close());
  }

  opened(exchange: Http2Exchange): void {
    this.open.add(exchange);
  }

  closed(exchange: Http2Exchange): void {
    this.open.delete(exchange);
    if (this.announcedAt !== null) this.announcedAt = this.traffic.clock.monotonic();
  }

  /**
   * Asks the client to open no more streams; those that are on their way are still served. Best said in front of an
   * answer: clients ask again when they are answered, and a GOAWAY at any other time may find their next request
   * written but not sent, where some give it up.
   */
  announceEnd(): void {
    if (this.announcedAt !== null || this.session.destroyed) return;
    this.announcedAt = this.traffic.clock.monotonic();
    this.session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
  }

  /**
   * Closes the connection when no stream is open and none can be on its way any more.
   * @param quietMs how long the client has had to hear of the end
   */
  finishIfQuiet(quietMs: number): void {
    if (this.announcedAt === null) this.announceEnd();
    else if (this.open.size === 0 && this.traffic.clock.monotonic() - this.announcedAt >= quietMs) this.session.close();
  }

  /** Ends requests that take too long to arrive. One that is being answered meanwhile may take its time. */
  refuseOverdue(before: number): void {
    for (const exchange of this.open) {
      const overdue = exchange.since <= before && exchange.receiving;
      if (overdue && exchange.unanswered) exchange.refuse(new GatewayError('GW_REQUEST_TIMEOUT'));
    }
  }

  private onStream(stream: ServerHttp2Stream, flags: number, raw: string[]): void {
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    new Http2Exchange(this.traffic, this, stream).begin(raw, endStream);
  }
}

function sessionOptions(limits: EngineLimits) {
  return {
    settings: {
      maxConcurrentStreams: limits.streams,
      initialWindowSize: limits.streamWindowBytes,
      maxHeaderListSize: limits.headerBytes,
      enablePush: false,
    },
    maxHeaderListPairs: limits.headerFields + SPARE_FIELDS,
    maxSessionMemory: SESSION_MEMORY_MB,
    streamResetBurst: limits.resetBurst,
    streamResetRate: limits.resetsPerSecond,
  };
}
