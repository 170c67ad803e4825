import type { Clock, Timer } from '@gateway/clock';
import type { RedisClient, RedisScript } from '@gateway/redis';
import { HEARTBEAT } from './heartbeat.lua';
import type { Members, Unsubscribe } from './members';
import type { SharedTime } from './shared-time';

const DAEMONS = 'gw:{reg:*}:daemons';
/** Between two heartbeats, in milliseconds. */
export const HEARTBEAT_MS = 1_500;
/** How long one counts: three may be late. With the time until others ask, a death is known everywhere within 8 s. */
export const HEARTBEAT_COUNTS_MS = 6_000;
const RETENTION_MS = 60_000;

/** What the list stands on. */
export interface RedisMembersOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  readonly self: string;
  /** Told Redis' time with each heartbeat. */
  readonly time: SharedTime;
}

/**
 * The daemons on one Redis, by their heartbeats there. While Redis is away the last list stands; after that, and in a Redis
 * that was emptied, those known before count until they had the time to say that they live.
 */
export class RedisMembers implements Members {
  readonly #beat: RedisScript<string[]>;
  readonly #listeners = new Set<() => void>();
  #live: readonly string[];
  /** Who counts although he hasn't been heard of since Redis is back, and until when (monotonic). */
  #grace: { readonly members: readonly string[]; readonly until: number } | null = null;
  #heardIn: string | null = null;
  #timer: Timer | null = null;
  #beating = false;

  constructor(private readonly options: RedisMembersOptions) {
    this.#live = [options.self];
    this.#beat = options.redis.defineScript({ name: 'registryHeartbeat', lua: HEARTBEAT });
  }

  get self(): string {
    return this.options.self;
  }

  live(): readonly string[] {
    return this.#live;
  }

  onChange(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says at once that this daemon lives, when Redis can be asked, and then again and again. */
  async start(): Promise<void> {
    this.#timer = this.options.clock.every(HEARTBEAT_MS, () => void this.#heartbeat());
    await this.#heartbeat();
  }

  /** Leaves, so that others needn't wait. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.options.redis.command('ZREM', DAEMONS, this.self).catch(() => undefined);
  }

  async #heartbeat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    const { redis, clock, time } = this.options;
    const asked = clock.monotonic();
    try {
      const [now, ...live] = await this.#beat([DAEMONS], [this.self, HEARTBEAT_COUNTS_MS, RETENTION_MS]);
      time.observed(Number(now), clock.monotonic() - asked);
      this.#heard(live, redis.epoch());
    } catch {
      // What Redis says next may lack those who couldn't reach it either.
      this.#heardIn = null;
    } finally {
      this.#beating = false;
    }
  }

  #heard(live: readonly string[], epoch: string | null): void {
    const now = this.options.clock.monotonic();
    if (this.#heardIn !== epoch) this.#grace = { members: this.#live, until: now + HEARTBEAT_COUNTS_MS };
    this.#heardIn = epoch;
    if (this.#grace && this.#grace.until <= now) this.#grace = null;
    const all = [...new Set([...live, ...(this.#grace?.members ?? [])])].sort();
    if (all.join('\n') === this.#live.join('\n')) return;
    this.#live = all;
    for (const listener of this.#listeners) listener();
  }
}
