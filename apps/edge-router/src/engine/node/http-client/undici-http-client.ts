import { systemClock, type Clock, type Timer } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import type { HttpClient, HttpClientOptions, HttpEndpoint, HttpPoolStats, UpstreamRequest } from '../../http-client';
import { UpstreamPool, type PoolOptions } from './upstream-pool';

const DEFAULT_POOL_IDLE_MS = 300_000;

/** The HTTP client on undici's dispatcher: header fields and bodies are passed on as they are, without its `request`. */
export class UndiciHttpClient implements HttpClient {
  private readonly pools = new Map<string, UpstreamPool>();
  private readonly sweep: Timer;
  private readonly poolOptions: PoolOptions;
  private readonly poolIdleMs: number;

  constructor(
    options: HttpClientOptions = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.poolOptions = {
      clock,
      tls: (endpoint) => options.tls?.(endpoint) ?? {},
      timeoutMs: options.connectTimeoutMs ?? 5_000,
      connections: options.connections ?? 256,
      queue: options.queue ?? 1_024,
      bodyIdleMs: options.bodyIdleMs ?? 300_000,
      keepAliveMs: options.keepAliveMs ?? 4_000,
    };
    this.poolIdleMs = options.poolIdleMs ?? DEFAULT_POOL_IDLE_MS;
    this.sweep = clock.every(this.poolIdleMs / 2, () => this.closeIdle());
  }

  async send(endpoint: HttpEndpoint, request: UpstreamRequest): Promise<EdgeResponse> {
    return this.poolOf(endpoint).call(request, null);
  }

  async tunnel(endpoint: HttpEndpoint, request: UpstreamRequest, protocol: string): Promise<EdgeResponse> {
    return this.poolOf(endpoint).call(request, protocol);
  }

  release(endpoint: HttpEndpoint): void {
    this.closePool(keyOf(endpoint));
  }

  stats(): readonly HttpPoolStats[] {
    return [...this.pools.values()].map((pool) => pool.stats());
  }

  async close(): Promise<void> {
    this.sweep.cancel();
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private poolOf(endpoint: HttpEndpoint): UpstreamPool {
    const key = keyOf(endpoint);
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = new UpstreamPool(endpoint, this.poolOptions);
      this.pools.set(key, pool);
    }
    pool.lastUsed = this.clock.monotonic();
    return pool;
  }

  private closePool(key: string): void {
    const pool = this.pools.get(key);
    this.pools.delete(key);
    void pool?.close();
  }

  private closeIdle(): void {
    const before = this.clock.monotonic() - this.poolIdleMs;
    for (const [key, pool] of [...this.pools]) if (pool.idle && pool.lastUsed <= before) this.closePool(key);
  }
}

const keyOf = ({ origin, protocol, expect = '' }: HttpEndpoint): string => `${protocol} ${origin} ${expect}`;
