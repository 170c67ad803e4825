import { createHash } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { storeGuard, type RedisClient, type RedisScript, type StoreGuard } from '@gateway/redis';
import { decodeEntry, encodeEntry } from './entry-codec';
import { READ_ENTRY_LUA } from './read-entry.lua';
import type { SharedEntry, SharedHit, SharedTier } from './shared-tier';

export interface RedisTierOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** Longest wait for Redis, in ms. Default 20. */
  readonly budgetMs?: number;
}

/** Keeps entries in Redis, each until its time is over by Redis' clock. */
class RedisTier implements SharedTier {
  unreadable = 0;
  private readonly redis: RedisClient;
  private readonly guard: StoreGuard;
  private readonly readEntry: RedisScript<[bytes: Buffer, remainingMs: number] | null>;

  constructor({ redis, clock, budgetMs }: RedisTierOptions) {
    this.redis = redis;
    this.guard = storeGuard({ clock, budgetMs });
    this.readEntry = redis.defineBufferScript({ name: 'gatewayReadEntry', lua: READ_ENTRY_LUA });
  }

  available(): boolean {
    return this.redis.state() === 'up' && this.guard.available();
  }

  async read(key: string): Promise<SharedHit | null> {
    const found = await this.guard.run(() => this.readEntry([storeKey(key)], []));
    if (found === null) return null;
    const [bytes, remainingMs] = found;
    const entry = decodeEntry(bytes);
    // Without a time to live it isn't ours.
    if (entry !== null && remainingMs > 0) return { ...entry, remainingMs: Math.min(remainingMs, entry.ttlMs) };
    this.unreadable++;
    return null;
  }

  async write(key: string, entry: SharedEntry): Promise<void> {
    const ttl = Math.max(1, Math.floor(entry.ttlMs));
    await this.guard.run(() => this.redis.command('SET', storeKey(key), encodeEntry(entry), 'PX', ttl));
  }
}

/** The tier of the cache that all edges on the same Redis share. */
export function redisTier(options: RedisTierOptions): SharedTier {
  return new RedisTier(options);
}

/** Keys hold whole requests: they are hashed, which also keeps what clients ask for out of Redis' key space. */
const storeKey = (key: string): string => `gw:{cache:${createHash('sha256').update(key).digest('base64url')}}`;
