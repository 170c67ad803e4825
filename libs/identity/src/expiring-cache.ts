import type { Clock } from '@gateway/clock';
import { LRUCache } from 'lru-cache';

interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

/** A bounded map whose entries end at a moment of their own; the least recently used goes first when it is full. */
export class ExpiringCache<V> {
  private readonly entries: LRUCache<string, Entry<V>>;

  /** @param max how many entries it holds at most */
  constructor(
    max: number,
    private readonly clock: Clock,
  ) {
    this.entries = new LRUCache({ max });
  }

  /** The value, unless it has ended. */
  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.clock.now()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  /** @param until milliseconds since the epoch; an entry that has ended already isn't kept */
  set(key: string, value: V, until: number): void {
    if (until > this.clock.now()) this.entries.set(key, { value, until });
  }

  /** Drops what the predicate names. Walks the whole cache: for rare events, not for requests. */
  drop(condemned: (value: V) => boolean): void {
    for (const [key, { value }] of this.entries) if (condemned(value)) this.entries.delete(key);
  }

  /** Entries held, ended ones included until they are met. */
  get size(): number {
    return this.entries.size;
  }
}
