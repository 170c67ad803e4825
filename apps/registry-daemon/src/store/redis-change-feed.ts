import type { Clock } from '@gateway/clock';
import { StreamReader } from '@gateway/events';
import type { RedisClient, RedisScript } from '@gateway/redis';
import type { StoreChange, StoreFollower, Unsubscribe } from './registry-store';
import { ANNOUNCE } from './scripts.lua';
import { readEntry, writeEntry } from './store-entry';

/** `*` is no service's name, so it can't collide with one. The channel of the hint has the same name. */
const CHANGES = 'gw:{reg:*}:changes';
/** About how many changes are kept for daemons that read late; who misses some reads everything. */
const KEPT_CHANGES = 4_096;
const RETENTION_MS = 24 * 3_600_000;

/** What the feed stands on. */
export interface RedisChangeFeedOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** Names this daemon among those on the same Redis. */
  readonly self: string;
  /** Told of what is there and can't be read; it is left out. */
  readonly unreadable: (what: string) => void;
}

/** What daemons tell one another: a bounded stream, read in its order; its channel only says when to read it. */
export class RedisChangeFeed {
  readonly #announce: RedisScript<string>;
  readonly #followers = new Set<StoreFollower>();
  #stop: Unsubscribe | null = null;
  #opened = false;

  constructor(private readonly options: RedisChangeFeedOptions) {
    this.#announce = options.redis.defineScript({ name: 'registryAnnounce', lua: ANNOUNCE });
  }

  /** Tells the others; nothing when nothing has changed. */
  async tell(change: Partial<StoreChange>): Promise<void> {
    const fields = writeEntry(this.options.self, { upserted: [], removed: [], expired: [], contracts: [], ...change });
    // The origin alone is no change.
    if (fields.length > 2) await this.#announce([CHANGES], [RETENTION_MS, KEPT_CHANGES, CHANGES, ...fields]);
  }

  follow(follower: StoreFollower): Unsubscribe {
    this.#followers.add(follower);
    this.#stop ??= this.#open();
    if (this.#opened) follower.lost();
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      this.#stop?.();
      this.#stop = null;
      this.#opened = false;
    };
  }

  #open(): Unsubscribe {
    const { redis, clock, self, unreadable } = this.options;
    const lost = (): void => {
      this.#opened = true;
      for (const follower of this.#followers) follower.lost();
    };
    const reader = new StreamReader(redis, CHANGES, clock, {
      opened: lost,
      gap: lost,
      entry: ({ fields }) => {
        const change = readEntry(self, fields, unreadable);
        for (const follower of this.#followers) follower.changed(change);
      },
    });
    const ends = [
      redis.subscribe(CHANGES, () => reader.wake()),
      redis.onResubscribed(() => reader.wake()),
      redis.onStateChange((state) => state === 'up' && reader.wake()),
      () => reader.stop(),
    ];
    reader.wake();
    return () => ends.forEach((end) => end());
  }
}
