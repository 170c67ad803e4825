import { type ChannelCredentials, type ChannelOptions, Client } from '@grpc/grpc-js';

const CHANNEL: ChannelOptions = {
  // A registry that is back must be noticed within a second.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A peer that vanished without a FIN is noticed by pings, also while a watch is quiet.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * The addresses of registries that stand in for each other, and which of them is called. It stays where it is until
 * that one fails: a client that moves without need makes every registry busy with resyncs.
 */
export class RegistryAddresses {
  readonly #addresses: readonly string[];
  /** Made when first called. */
  readonly #clients = new Map<string, Client>();
  #at: number;

  /**
   * @param addresses `host:port` each, at least one
   * @param random from 0 (included) to 1 (excluded): where to begin, so that clients spread over the registries
   */
  constructor(
    addresses: readonly string[],
    private readonly credentials: ChannelCredentials,
    random: () => number,
  ) {
    if (addresses.length === 0) throw new RangeError('a registry has at least one address');
    this.#addresses = addresses;
    this.#at = Math.floor(random() * addresses.length);
  }

  get count(): number {
    return this.#addresses.length;
  }

  /** The one that is called. */
  get current(): string {
    return this.#addresses[this.#at]!;
  }

  client(address: string): Client {
    let client = this.#clients.get(address);
    if (client === undefined) this.#clients.set(address, (client = new Client(address, this.credentials, CHANNEL)));
    return client;
  }

  /** `address` failed: calls go to the next one. Nothing happens when they have moved on already. */
  leave(address: string): void {
    if (address === this.current) this.#at = (this.#at + 1) % this.#addresses.length;
  }

  /** Ends all connections; pending calls fail. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
  }
}
