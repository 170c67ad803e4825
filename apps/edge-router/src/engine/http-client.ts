import type { EndpointUsage } from '@gateway/grpc-pool';
import type { ConnectionOptions } from 'node:tls';
import type { Body, EdgeResponse, HeaderList } from '@gateway/pipeline';

/** An HTTP server that requests can be forwarded to. Equal `origin` and `expect` share connections. */
export interface HttpEndpoint {
  /** Scheme, host and port: `http://127.0.0.1:28000`. `https` is TLS, verified as `HttpClientOptions.tls` says. */
  readonly origin: string;
  readonly protocol: HttpUpstreamProtocol;
  /** The SPIFFE id that the server's certificate must have (mutual TLS inside the platform). */
  readonly expect?: string;
}

/** Names an endpoint within a client: see EndpointUsage. */
export const httpEndpointKey = ({ origin, protocol, expect = '' }: HttpEndpoint): string =>
  `${protocol} ${origin} ${expect}`;

/** `http1`: HTTP/1.1. `h2`: HTTP/2 over TLS. `h2c`: HTTP/2 in the clear, with prior knowledge. */
export type HttpUpstreamProtocol = 'http1' | 'h2' | 'h2c';

/** A request to an upstream. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query in origin form. */
  readonly target: string;
  /** Lower-case names, `host` among them. Hop-by-hop fields are dropped; `content-length` is kept for streams. */
  readonly headers: HeaderList;
  readonly body: Body;
  /**
   * Milliseconds until the response's head has to be there, counted from the end of the request, so that a long upload
   * isn't a slow answer. 0: no limit.
   */
  readonly timeoutMs: number;
  /** Registers what ends the call early; the EdgeRequest's own. */
  onCancel?(listener: () => void): void;
}

/** Forwards requests to HTTP upstreams. */
export interface HttpClient {
  /**
   * The upstream's response. A body whose length is known and small is one buffer, otherwise a stream that pulls.
   * @throws GatewayError GW_UPSTREAM_REFUSED (can't be reached, or went away before a byte of response),
   *   GW_UPSTREAM_PROTOCOL (not HTTP, cut short), GW_TIMEOUT, GW_OVERLOADED (its queue is full), GW_CLIENT_CLOSED
   */
  send(endpoint: HttpEndpoint, request: UpstreamRequest): Promise<EdgeResponse>;
  /**
   * Asks the upstream to switch protocols. Status 101 comes with `tunnel`; any other status is the upstream's refusal.
   * @param protocol the `upgrade` field's value, such as `websocket`
   * @throws as `send`
   */
  tunnel(endpoint: HttpEndpoint, request: UpstreamRequest, protocol: string): Promise<EdgeResponse>;
  /** Closes the connections of an endpoint once its requests are done; they open again when it is used. */
  release(endpoint: HttpEndpoint): void;
  /**
   * How many connections to the endpoint there should be, kept within the client's least and most: missing ones are
   * opened ahead of need, surplus ones close when they idle. It holds until the endpoint is released.
   */
  setTarget(endpoint: HttpEndpoint, connections: number): void;
  /** What the endpoints carry that have been called, or have a target, and weren't released. */
  usage(): readonly EndpointUsage[];
  /** Pools by origin. */
  stats(): readonly HttpPoolStats[];
  /** Ends everything. */
  close(): Promise<void>;
}

/** Gauges of one endpoint's connections. */
export interface HttpPoolStats {
  readonly origin: string;
  readonly expect?: string;
  readonly connections: number;
  readonly running: number;
  readonly queued: number;
}

/** What the connections of a client may be. */
export interface HttpClientOptions {
  /** TLS options for an `https` endpoint, asked for each new connection, so that rotated credentials take effect. */
  tls?(endpoint: HttpEndpoint): ConnectionOptions;
  /** Connections to one endpoint in use, at least. Default 0. */
  readonly min?: number;
  /** HTTP/1.1 connections to one endpoint, at most. Default 256. */
  readonly connections?: number;
  /** HTTP/2 connections to one endpoint, at most. Default 16. */
  readonly h2Connections?: number;
  /** Requests that one HTTP/2 connection carries at a time. Default 100. */
  readonly streams?: number;
  /** A connection is replaced at that age ±20 %. Default 1800000. */
  readonly maxAgeMs?: number;
  /** From 0 (included) to 1 (excluded). */
  readonly random?: () => number;
  /** Requests that may wait for a connection to one endpoint. Default 1024. */
  readonly queue?: number;
  /** Default 5000. */
  readonly connectTimeoutMs?: number;
  /** Without a byte of the response's body. Default 300000. */
  readonly bodyIdleMs?: number;
  /** How long an unused connection is kept when the server doesn't say how long it will. Default 4000, below any server's. */
  readonly keepAliveMs?: number;
  /** An unused pool is closed after it. Default 300000. */
  readonly poolIdleMs?: number;
}
