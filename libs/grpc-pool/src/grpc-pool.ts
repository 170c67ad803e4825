import type { Clock, Timer } from '@gateway/clock';
import { PooledChannel } from './pooled-channel';
import type { ChannelStats, CredentialsFor, GrpcEndpoint, UnaryOptions, UnaryResult } from './types';

const DEFAULT_IDLE_MS = 300_000;
const DEFAULT_MAX_RECEIVE_BYTES = 16 * 1_024 * 1_024;

/** How the channels of a pool are made and kept. */
export interface GrpcPoolOptions {
  readonly clock: Clock;
  readonly credentialsFor: CredentialsFor;
  /** A channel without calls for that long is closed. Default 300000. */
  readonly idleMs?: number;
  /** The largest response message; a larger one is RESOURCE_EXHAUSTED. Default 16 MiB. */
  readonly maxReceiveBytes?: number;
}

/** gRPC channels by endpoint: one for each address and identity, opened by the first call. */
export class GrpcPool {
  private readonly channels = new Map<string, PooledChannel>();
  private readonly sweep: Timer;
  private readonly idleMs: number;

  constructor(private readonly options: GrpcPoolOptions) {
    this.idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
    this.sweep = options.clock.every(this.idleMs / 2, () => this.retireIdle());
  }

  /**
   * Calls a unary method. An endpoint that can't be reached fails at once, without waiting for it to come back.
   * @param path the method: `/package.Service/Method`
   * @param request the encoded request message
   * @throws GrpcCallError for every status other than OK, among them UNAVAILABLE with `refused` when the call certainly
   *   wasn't processed; Error when the metadata has a name or value that gRPC can't carry, and what `credentialsFor` throws
   */
  async unary(endpoint: GrpcEndpoint, path: string, request: Uint8Array, options: UnaryOptions): Promise<UnaryResult> {
    const { clock } = this.options;
    const channel = this.channelOf(endpoint);
    channel.lastUsed = clock.monotonic();
    return channel.unary(path, request, clock.now() + options.deadlineMs, options);
  }

  /** The endpoint has a new generation: the next call connects anew, at once, whatever happened before. */
  reset(endpoint: GrpcEndpoint): void {
    this.release(endpoint);
  }

  /** The endpoint isn't used any more: its channel closes after the calls in flight. */
  release(endpoint: GrpcEndpoint): void {
    this.retire(keyOf(endpoint));
  }

  /** The channels that take calls. */
  stats(): ChannelStats[] {
    return [...this.channels.values()].map((channel) => channel.stats());
  }

  /** Closes every channel after its calls in flight. The pool must not be used afterwards. */
  close(): void {
    this.sweep.cancel();
    for (const key of [...this.channels.keys()]) this.retire(key);
  }

  private channelOf(endpoint: GrpcEndpoint): PooledChannel {
    const key = keyOf(endpoint);
    let channel = this.channels.get(key);
    if (channel === undefined) {
      const { credentialsFor, maxReceiveBytes = DEFAULT_MAX_RECEIVE_BYTES } = this.options;
      channel = new PooledChannel(endpoint, credentialsFor, maxReceiveBytes);
      this.channels.set(key, channel);
    }
    return channel;
  }

  private retire(key: string): void {
    this.channels.get(key)?.retire();
    this.channels.delete(key);
  }

  private retireIdle(): void {
    const before = this.options.clock.monotonic() - this.idleMs;
    for (const [key, channel] of [...this.channels]) if (channel.idle && channel.lastUsed <= before) this.retire(key);
  }
}

const keyOf = ({ address, expect }: GrpcEndpoint): string => `${address} ${expect}`;
