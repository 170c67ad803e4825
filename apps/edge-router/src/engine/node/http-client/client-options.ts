import type { Client } from 'undici';
import type { HttpUpstreamProtocol } from '../../http-client';

/** The longest that a server's own `Keep-Alive: timeout` is believed. */
const KEEP_ALIVE_MAX_MS = 60_000;
/** So much earlier than the server says an idle connection is given up. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
/** Header bytes of a response. */
const MAX_HEADER_BYTES = 64 * 1_024;

/** How long a connection may idle, in milliseconds; see HttpClientOptions. */
export interface IdleTimes {
  readonly bodyIdleMs: number;
  readonly keepAliveMs: number;
}

/** What undici is told about each connection. */
export function clientOptions(
  protocol: HttpUpstreamProtocol,
  streams: number,
  { bodyIdleMs, keepAliveMs }: IdleTimes,
): Omit<Client.Options, 'connect'> {
  const common = {
    maxHeaderSize: MAX_HEADER_BYTES,
    // Calls have their own timer, which knows the route's limit.
    headersTimeout: 0,
    bodyTimeout: bodyIdleMs,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
  };
  if (protocol === 'http1') return { ...common, allowH2: false };
  // `pipelining` counts while there is no connection: requests that GOAWAY gave back go on before the others are answered.
  return { ...common, allowH2: true, pipelining: streams, h2Options: { maxConcurrentStreams: streams } };
}
