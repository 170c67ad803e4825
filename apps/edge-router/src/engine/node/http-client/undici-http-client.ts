import { systemClock, type Clock, type Timer } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import { DEFAULT_MAX_AGE_MS, type EndpointUsage } from '@gateway/grpc-pool';
import {
  type HttpClient,
  type HttpClientOptions,
  type HttpEndpoint,
  httpEndpointKey,
  type HttpPoolStats,
  type UpstreamRequest,
} from '../../http-client';
import { UpstreamPool, type PoolOptions } from './upstream-pool';

/** How often connections are looked after. */
const LOOK_MS = 1_000;

/** The HTTP client on undici's dispatcher: header fields and bodies are passed on as they are, without its `request`. */
export class UndiciHttpClient implements HttpClient {
  private readonly pools = new Map<string, UpstreamPool>();
  private readonly sweep: Timer;
  private readonly poolOptions: PoolOptions;
  /** Released, with requests that still run. */
  private readonly leaving = new Set<UpstreamPool>();

  constructor(
    options: HttpClientOptions = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.poolOptions = {
      clock,
      tls: (endpoint) => options.tls?.(endpoint) ?? {},
      timeoutMs: options.connectTimeoutMs ?? 5_000,
      min: options.min ?? 0,
      connections: options.connections ?? 256,
      h2Connections: options.h2Connections ?? 16,
      streams: options.streams ?? 100,
      queue: options.queue ?? 1_024,
      bodyIdleMs: options.bodyIdleMs ?? 300_000,
      keepAliveMs: options.keepAliveMs ?? 4_000,
      poolIdleMs: options.poolIdleMs ?? 300_000,
      maxAgeMs: options.maxAgeMs ?? DEFAULT_MAX_AGE_MS,
      random: options.random ?? Math.random,
    };
    this.sweep = clock.every(LOOK_MS, () => this.look());
  }

  async send(endpoint: HttpEndpoint, request: UpstreamRequest): Promise<EdgeResponse> {
    return this.poolOf(endpoint).call(request, null);
  }

  async tunnel(endpoint: HttpEndpoint, request: UpstreamRequest, protocol: string): Promise<EdgeResponse> {
    return this.poolOf(endpoint).call(request, protocol);
  }

  release(endpoint: HttpEndpoint): void {
    this.closePool(httpEndpointKey(endpoint));
  }

  setTarget(endpoint: HttpEndpoint, connections: number): void {
    this.poolOf(endpoint).setTarget(connections);
  }

  usage(): readonly EndpointUsage[] {
    const now = this.clock.monotonic();
    return [...this.pools].map(([key, pool]) => pool.usage(key, now));
  }

  stats(): readonly HttpPoolStats[] {
    return [...this.pools.values()].map((pool) => pool.stats());
  }

  async close(): Promise<void> {
    this.sweep.cancel();
    const pools = [...this.pools.values(), ...this.leaving];
    this.pools.clear();
    this.leaving.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private poolOf(endpoint: HttpEndpoint): UpstreamPool {
    const key = httpEndpointKey(endpoint);
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = new UpstreamPool(endpoint, this.poolOptions);
      this.pools.set(key, pool);
    }
    return pool;
  }

  private closePool(key: string): void {
    const pool = this.pools.get(key);
    if (pool === undefined) return;
    this.pools.delete(key);
    this.leaving.add(pool);
    pool.close();
  }

  private look(): void {
    const now = this.clock.monotonic();
    for (const [key, pool] of [...this.pools]) {
      if (pool.isUnused(now)) this.closePool(key);
      else pool.look(now);
    }
    for (const pool of this.leaving) if (pool.isGone) this.leaving.delete(pool);
  }
}
