const SECOND = 1_000;
const KIB = 1_024;

/** What a client may cost. Sizes in bytes, times in milliseconds. */
export interface EngineLimits {
  /** Open client connections; more are closed at once. */
  readonly connections: number;
  /** Names and values of all header fields together with the request line: 431. */
  readonly headerBytes: number;
  /** Header fields of one request: 431. */
  readonly headerFields: number;
  /** The request target: 414. */
  readonly targetBytes: number;
  /** From the connection or the end of the last request's idle time to the last header field: 408. */
  readonly headersMs: number;
  /** From the first byte of a request to the last of its body: 408. */
  readonly requestMs: number;
  /** Without a byte in either direction while a request is open. */
  readonly streamIdleMs: number;
  /** Between two requests of a connection. */
  readonly connectionIdleMs: number;
  /** For a TLS handshake. */
  readonly handshakeMs: number;
  /** Bodies with a known length up to this are handed over as one buffer. */
  readonly collectBytes: number;
  /** All bodies that are being collected at one time, over all connections: 503 above it. */
  readonly collectTotalBytes: number;
  /** HTTP/2: concurrent streams of a connection. */
  readonly streams: number;
  /** HTTP/2: flow-control window of a stream. */
  readonly streamWindowBytes: number;
  /** HTTP/2: flow-control window of a connection. */
  readonly connectionWindowBytes: number;
  /** HTTP/2: streams that a client may reset at once, before the connection is closed (CVE-2023-44487). */
  readonly resetBurst: number;
  /** HTTP/2: streams that a client may reset per second in the long run. */
  readonly resetsPerSecond: number;
}

/** Envoy's guide for edge proxies, where it has a value. */
export const DEFAULT_LIMITS: EngineLimits = {
  connections: 16_384,
  headerBytes: 60 * KIB,
  headerFields: 100,
  targetBytes: 8 * KIB,
  headersMs: 10 * SECOND,
  requestMs: 300 * SECOND,
  streamIdleMs: 300 * SECOND,
  connectionIdleMs: 3_600 * SECOND,
  handshakeMs: 10 * SECOND,
  collectBytes: 64 * KIB,
  collectTotalBytes: 64 * KIB * KIB,
  streams: 100,
  streamWindowBytes: 64 * KIB,
  connectionWindowBytes: KIB * KIB,
  resetBurst: 200,
  resetsPerSecond: 33,
};
