import type { Duplex, Readable } from 'node:stream';
import type { HeaderList } from './headers';

/**
 * A body: nothing, one buffer that is already whole, or a stream with back-pressure.
 * Whoever holds a stream must read it to its end or destroy it.
 */
export type Body = Buffer | Readable | null;

/** Versions of HTTP that the edge speaks to clients. */
export type HttpVersion = '1.0' | '1.1' | '2';

/** A request as an engine read it. */
export interface EdgeRequest {
  readonly method: string;
  /** The request target in origin form, as it came. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  /** `Host` or `:authority`, lower case, with its port when it had one; empty when there was none (HTTP/1.0). */
  readonly authority: string;
  readonly version: HttpVersion;
  /** Header fields in the order they came, without pseudo-header fields. Names are lower case. */
  headers: HeaderList;
  readonly body: Body;
  /** The address of the peer of the connection, which may be a proxy. */
  readonly remoteAddress: string;
  /** The protocol that the client wants to switch to (`websocket`), lower case; empty: none. */
  readonly upgrade: string;
  /** Calls back, at most once, when the client went away before it had the whole response. At once, when it has gone. */
  onCancel(listener: () => void): void;
}

/** How a response ended. */
export interface ResponseEnd {
  /** Bytes of the body that were handed to the connection. */
  readonly bytes: number;
  /** False: the client or the upstream went away in between. */
  readonly complete: boolean;
}

/** A response for an engine to write. */
export interface EdgeResponse {
  status: number;
  /** Names are lower case. No `connection`, `transfer-encoding` or `date`: those are the engine's. */
  headers: HeaderList;
  body: Body;
  /** Trailer fields, known when the body has ended. */
  trailers?: () => HeaderList;
  /** With status 101: the upstream's connection, to be joined with the client's. */
  tunnel?: Duplex;
  /**
   * Of an answer that goes on for as long as a call does: what the call failed with after the head, however whole the body
   * looks; null: nothing so far.
   */
  failure?: () => unknown;
  /** Called by the engine once, after the last byte or when the exchange broke. */
  onEnd?: (end: ResponseEnd) => void;
}
