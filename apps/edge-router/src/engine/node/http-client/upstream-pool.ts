import { GatewayError } from '@gateway/errors';
import type { Clock } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import { Client, Pool, type Dispatcher } from 'undici';
import type { HttpEndpoint, HttpPoolStats, UpstreamRequest } from '../../http-client';
import { connectorOf, type ConnectorOptions } from './connector';
import { requestHeaders } from './headers';
import { UpstreamCall, type AssignedConnection } from './upstream-call';

/** How the connections of a pool are kept; see HttpClientOptions. */
export interface PoolOptions extends ConnectorOptions {
  readonly clock: Clock;
  readonly connections: number;
  readonly queue: number;
  readonly bodyIdleMs: number;
  readonly keepAliveMs: number;
}

/** The longest that a server's own `Keep-Alive: timeout` is believed. */
const KEEP_ALIVE_MAX_MS = 60_000;
/** So much earlier than the server says an idle connection is given up. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
/** HTTP/2 connections to one endpoint: each carries a hundred requests. */
const H2_CONNECTIONS = 8;
/** Header bytes of a response. */
const MAX_HEADER_BYTES = 64 * 1_024;

/** A connection that counts what it carried, so that a stale one can be told from a bad server. */
class CountingClient extends Client implements AssignedConnection {
  served = 0;

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options);
    this.on('disconnect', () => (this.served = 0));
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (handler as UpstreamCall).assign(this);
    return super.dispatch(options, handler);
  }
}

/** The connections to one endpoint. */
export class UpstreamPool {
  private readonly pool: Pool;
  private running = 0;
  private readonly clientOptions: Client.Options;
  /** When it was last used: `Clock.monotonic`. */
  lastUsed = 0;

  constructor(
    readonly endpoint: HttpEndpoint,
    private readonly options: PoolOptions,
  ) {
    const { protocol, origin } = endpoint;
    this.clientOptions = {
      connect: connectorOf(endpoint, options),
      allowH2: protocol !== 'http1',
      maxHeaderSize: MAX_HEADER_BYTES,
      // Calls have their own timer, which knows the route's limit.
      headersTimeout: 0,
      bodyTimeout: options.bodyIdleMs,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
    };
    const factory = (to: string | URL, given: object): Dispatcher => new CountingClient(to, given);
    this.pool = new Pool(origin, {
      ...this.clientOptions,
      connections: protocol === 'http1' ? options.connections : H2_CONNECTIONS,
      factory,
    });
  }

  /** @param upgrade the protocol to switch to; null for an ordinary request */
  call(request: UpstreamRequest, upgrade: string | null): Promise<EdgeResponse> {
    const { connections, queue, clock } = this.options;
    if (this.running >= connections + queue) throw new GatewayError('GW_OVERLOADED');
    this.running++;
    return new Promise((resolve, reject) => {
      const done = (): void => void this.running--;
      const outcome = {
        resolve: (response: EdgeResponse) => {
          done();
          resolve(response);
        },
        reject: (error: GatewayError, stale: boolean) => {
          done();
          if (stale) resolve(this.repeat(request, upgrade));
          else reject(error);
        },
      };
      this.pool.dispatch(dispatchOptions(request, upgrade), new UpstreamCall(request, clock, outcome));
    });
  }

  get idle(): boolean {
    return this.running === 0 && this.pool.stats.running === 0;
  }

  stats(): HttpPoolStats {
    const { connected, running, queued } = this.pool.stats;
    const { origin, expect } = this.endpoint;
    return { origin, expect, connections: connected, running, queued };
  }

  /** Lets its requests finish, then closes. */
  close(): Promise<void> {
    return this.pool.close();
  }

  /** Ends its requests too. */
  destroy(): Promise<void> {
    return this.pool.destroy();
  }

  /** Sends a request once more, on a connection of its own: all the pooled ones may be stale. */
  private repeat(request: UpstreamRequest, upgrade: string | null): Promise<EdgeResponse> {
    const client = new Client(this.endpoint.origin, this.clientOptions);
    return new Promise<EdgeResponse>((resolve, reject) => {
      const call = new UpstreamCall(request, this.options.clock, { resolve, reject });
      client.dispatch({ ...dispatchOptions(request, upgrade), reset: true }, call);
      void client.close();
    });
  }
}

function dispatchOptions(request: UpstreamRequest, upgrade: string | null): Dispatcher.DispatchOptions {
  const { method, target, body, headers } = request;
  const streamed = body !== null && !Buffer.isBuffer(body);
  const options: Dispatcher.DispatchOptions & { servername: string } = {
    path: target,
    method: method as Dispatcher.HttpMethod,
    headers: requestHeaders(headers, streamed),
    body,
    upgrade,
    // Undici would take Host for the server's name and reconnect whenever that changes; the connector knows the name.
    servername: 'upstream',
  };
  return options;
}
