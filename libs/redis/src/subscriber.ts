import type { Clock } from '@gateway/clock';
import type { Redis } from 'ioredis';
import { Link } from './link';
import { Listeners } from './listeners';
import type { RedisState, Unsubscribe } from './redis-client';

type Handler = (message: string) => void;

/** Subscriptions on a connection of their own, in force again after every loss. */
export class Subscriber {
  private readonly handlers = new Map<string, Set<Handler>>();
  /** Channels that the server has confirmed on the present connection. */
  private readonly confirmed = new Set<string>();
  private readonly resubscribed = new Listeners<[]>();
  private link: Link | null = null;

  /** @param open makes the connection, when the first channel is asked for */
  constructor(
    private readonly open: () => Redis,
    private readonly clock: Clock,
  ) {}

  subscribe(channel: string, handler: Handler): Unsubscribe {
    const handlers = this.handlers.get(channel) ?? new Set();
    this.handlers.set(channel, handlers.add(handler));
    this.connected().probe();
    return () => this.unsubscribe(channel, handler);
  }

  onResubscribed(listener: () => void): Unsubscribe {
    return this.resubscribed.add(listener);
  }

  close(): void {
    this.link?.close();
  }

  private connected(): Link {
    if (this.link !== null) return this.link;
    const redis = this.open();
    redis.on('message', (channel: string, message: string) => {
      for (const handler of this.handlers.get(channel) ?? []) handler(message);
    });
    redis.on('close', () => this.confirmed.clear());
    this.link = new Link(redis, this.clock, { probe: () => this.probe(redis), stateChanged: () => undefined });
    return this.link;
  }

  /** Asks for the channels that aren't in force yet, so that a refused subscription is tried again. */
  private async probe(redis: Redis): Promise<RedisState> {
    const missing = [...this.handlers.keys()].filter((channel) => !this.confirmed.has(channel));
    if (missing.length > 0) {
      await redis.subscribe(...missing);
      for (const channel of missing) this.confirmed.add(channel);
      this.resubscribed.emit();
    }
    await redis.ping();
    return 'up';
  }

  private unsubscribe(channel: string, handler: Handler): void {
    const handlers = this.handlers.get(channel);
    if (!handlers?.delete(handler) || handlers.size > 0) return;
    this.handlers.delete(channel);
    // A failure leaves a channel without handlers, until the connection's end.
    if (this.confirmed.delete(channel)) this.link?.redis.unsubscribe(channel).catch(() => undefined);
  }
}
