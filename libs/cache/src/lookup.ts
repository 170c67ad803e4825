import type { CachedResponse } from './shared-tier';

/** A stored answer that may be used now. */
export interface Hit {
  readonly kind: 'hit';
  readonly entry: CachedResponse;
  /** Where it was found. `collapsed`: this call waited for another's answer to the same question. */
  readonly from: 'memory' | 'shared' | 'collapsed';
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
   * @param ttlMs how long it may be used; 0 or less: as `uncacheable`
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
  /** At most this long, in ms. As the one who asks the upstream, it gives the others up to this long, too. */
  readonly waitMs: number;
  /** Registers what to call when the caller's client goes away. */
  readonly onCancel?: (listener: () => void) => void;
}

/**
 * The value of Cache-Status (RFC 9211).
 * @param stored for a miss: whether the answer was stored
 */
export function cacheStatus(lookup: Lookup, stored: boolean): string {
  if (lookup.kind === 'miss') return `gateway; fwd=uri-miss${stored ? '; stored' : ''}`;
  if (lookup.kind === 'hit') {
    return lookup.from === 'collapsed' ? 'gateway; fwd=uri-miss; collapsed' : `gateway; hit; ttl=${lookup.ttlSeconds}`;
  }
  return `gateway; fwd=${lookup.reason === 'events' ? 'bypass' : 'uri-miss'}; detail=${lookup.reason}`;
}

/** The value of Age (RFC 9111 §5.1). */
export const ageHeader = ({ ageSeconds }: Hit): string => String(ageSeconds);
