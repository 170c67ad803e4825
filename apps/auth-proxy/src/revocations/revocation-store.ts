import type { Clock } from '@gateway/clock';
import type { Revocation } from '@gateway/identity';
import type { RedisClient } from '@gateway/redis';

/** Where revocations outlive the process. Lossy: the process has them too, and writes them again. */
export interface RevocationStore {
  /** All in force. Rejects when the store is down. */
  load(): Promise<Revocation[]>;
  /** Rejects when the store is down; writing the same again is harmless. */
  save(revocations: readonly Revocation[]): Promise<void>;
}

/** The session ids by the end of their revocation, so that nobody has to scan the key space for them. */
const INDEX = 'gw:{auth}';
const keyOf = (sessionId: string): string => `gw:{auth:${sessionId}}`;

/** What one command reads at most, so that it doesn't hold Redis up. */
const PAGE = 5_000;
/** How many are written at the same time. */
const BATCH = 500;

/** Revocations in Redis: `gw:{auth:<session id>}` for each, and an index; all with a TTL. */
export class RedisRevocationStore implements RevocationStore {
  constructor(
    private readonly redis: Pick<RedisClient, 'command'>,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<Revocation[]> {
    const found: Revocation[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.loadPage(offset);
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  }

  async save(revocations: readonly Revocation[]): Promise<void> {
    for (let i = 0; i < revocations.length; i += BATCH) await this.saveBatch(revocations.slice(i, i + BATCH));
  }

  private async loadPage(offset: number): Promise<Revocation[]> {
    const range = [`(${this.clock.now()}`, '+inf', 'BYSCORE', 'LIMIT', offset, PAGE, 'WITHSCORES'];
    const reply = await this.redis.command<unknown[]>('ZRANGE', INDEX, ...range);
    // RESP3 pairs members with their scores, RESP2 lists them in turn.
    const flat = reply.flat();
    return Array.from({ length: flat.length / 2 }, (_, i) => ({
      sessionId: String(flat[2 * i]),
      until: Number(flat[2 * i + 1]),
    }));
  }

  private async saveBatch(batch: readonly Revocation[]): Promise<void> {
    const last = Math.max(...batch.map(({ until }) => until));
    // Different slots of a cluster: each key has its own command.
    await Promise.all([
      ...batch.map(({ sessionId, until }) => this.redis.command('SET', keyOf(sessionId), until, 'PXAT', until)),
      this.redis.command('ZADD', INDEX, ...batch.flatMap(({ sessionId, until }) => [until, sessionId])),
    ]);
    await this.redis.command('ZREMRANGEBYSCORE', INDEX, '-inf', this.clock.now());
    await this.extendIndex(last);
  }

  /** The index lives as long as its last entry. A key without a TTL is below any GT, so the first one is set plainly. */
  private async extendIndex(until: number): Promise<void> {
    const set = await this.redis.command<number>('PEXPIREAT', INDEX, until, 'NX');
    if (set === 0) await this.redis.command('PEXPIREAT', INDEX, until, 'GT');
  }
}
