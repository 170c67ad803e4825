import type { DomainEvent } from '@gateway/events';
import type { CachedResponse, CacheEntry, CacheRequest } from './entry';

/** A stored answer that may be used now. */
export interface Hit {
  readonly kind: 'hit';
  readonly entry: CacheEntry;
  /** Where it was found. `collapsed`: this call waited for another's answer to the same question. */
  readonly from: 'memory' | 'redis' | 'collapsed';
  /** Whole seconds since it was stored. */
  readonly ageSeconds: number;
  /** Whole seconds that it may still be used. */
  readonly ttlSeconds: number;
}

/** Nothing usable is stored, and this caller is the one to ask the upstream. It must end `fill`, whatever happens. */
export interface Miss {
  readonly kind: 'miss';
  readonly fill: Fill;
}

/** The cache stays out of this call: ask the upstream, store nothing. */
export interface Bypass {
  readonly kind: 'bypass';
  /**
   * `events`: the entry depends on events and they can't be read. `waited`: the answer it waited for didn't come in
   * time. `uncacheable`: the answer it waited for turned out not to be storable. `cancelled`: its client went away.
   */
  readonly reason: 'events' | 'waited' | 'uncacheable' | 'cancelled';
}

export type Lookup = Hit | Miss | Bypass;

/** The right and duty to answer a question for all who ask it now. Ends by one of its calls; later ones do nothing. */
export interface Fill {
  /**
   * Stores the answer and gives it to those who wait for it. An answer that was invalidated while it was fetched is
   * given to those who waited before the invalidation, and not stored.
   * @param ttlMs how long it may be used
   * @returns whether it was stored
   */
  store(response: CachedResponse, ttlMs: number): boolean;
  /** The answer may not be stored: those who wait ask for themselves. */
  uncacheable(): void;
  /** There is no answer: one of those who wait tries. */
  failed(): void;
}

/** How a caller waits for another's answer. */
export interface Patience {
  /** At most this long, in ms. */
  readonly waitMs: number;
  /** Registers what to call when the caller's client goes away. */
  readonly onCancel?: (listener: () => void) => void;
}

/** Answers from storage, and keeps what it answers true. */
export interface ResponseCache {
  /** Looks an answer up: in memory at once, else in the shared tier and among the fills under way. Never throws. */
  lookup(request: CacheRequest, patience: Patience): Lookup | Promise<Lookup>;
  /** Drops what an event makes untrue in this process, before the bus has told it. For the edge that handled the write. */
  invalidateLocally(event: DomainEvent): void;
  /** Drops everything with this tag, here and in the shared tier. Other processes follow through `purgeEvent`. */
  purge(tag: string): void;
  /** For metrics: what is held, and what happened since the start. */
  stats(): CacheStats;
  close(): void;
}

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly bypasses: number;
  readonly collapsed: number;
  readonly invalidated: number;
  /** Fills that weren't stored because an invalidation overtook them. */
  readonly discarded: number;
  /** Entries of the shared tier that couldn't be read. */
  readonly unreadable: number;
}
