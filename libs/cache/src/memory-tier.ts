import type { DomainEvent } from '@gateway/events';
import { LRUCache } from 'lru-cache';
import { isDependent, type CacheRequest } from './cache-request';
import { DependencyIndex } from './dependency-index';
import { sizeOf, type CachedResponse } from './shared-tier';

/** An answer in this process' memory. */
export interface MemoryEntry extends CacheRequest {
  readonly response: CachedResponse;
  /** Times are of the monotonic clock, in ms. */
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** Keeps entries up to a number of bytes; the least recently used ones go first. */
export class MemoryTier {
  private readonly index = new DependencyIndex<MemoryEntry>();
  private readonly entries: LRUCache<string, MemoryEntry>;

  /** @param maxBytes at least 1 */
  constructor(maxBytes: number) {
    this.entries = new LRUCache<string, MemoryEntry>({
      maxSize: maxBytes,
      sizeCalculation: ({ key, response }) => sizeOf(response) + key.length,
      dispose: (entry) => this.index.remove(entry),
    });
  }

  get count(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  /** The entry of a key, if its time isn't over. */
  get(key: string, now: number): MemoryEntry | null {
    const entry = this.entries.get(key);
    if (entry === undefined) return null;
    if (entry.expiresAt > now) return entry;
    this.entries.delete(key);
    return null;
  }

  /** Stores an entry, unless it is larger than the whole tier. */
  put(entry: MemoryEntry): void {
    const { body } = entry.response;
    const own = { ...entry, response: { ...entry.response, body: withoutSurroundings(body) } };
    this.entries.set(entry.key, own);
    if (this.entries.peek(entry.key) === own) this.index.add(own);
  }

  /** Drops what the event makes untrue. @returns how many */
  invalidate(event: Pick<DomainEvent, 'type' | 'fields'>): number {
    return this.drop(this.index.affected(event));
  }

  /** Drops everything that events could have made untrue. @returns how many */
  dropDependent(): number {
    return this.drop([...this.entries.values()].filter(isDependent));
  }

  clear(): void {
    this.entries.clear();
  }

  private drop(entries: readonly MemoryEntry[]): number {
    for (const { key } of entries) this.entries.delete(key);
    return entries.length;
  }
}

/** A small body may be a view of a large chunk that was read with it: only its own bytes are kept. */
function withoutSurroundings(body: Buffer): Buffer {
  if (body.buffer.byteLength <= 2 * body.length) return body;
  const copy = Buffer.allocUnsafeSlow(body.length);
  body.copy(copy);
  return copy;
}
