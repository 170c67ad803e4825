import type { Clock } from '@gateway/clock';
import type { EventBus } from '@gateway/events';
import type { ResponseCache } from './response-cache-port';
import type { SharedTier } from './shared-tier';

export interface ResponseCacheOptions {
  readonly clock: Clock;
  readonly events: EventBus;
  /** Bound of the memory tier, in bytes. */
  readonly maxBytes: number;
  /** Larger answers aren't stored, in bytes. Default 1 MiB. */
  readonly maxEntryBytes?: number;
  /** The tier that all edges share. Left out: memory only. */
  readonly shared?: SharedTier;
}

export declare function responseCache(options: ResponseCacheOptions): ResponseCache;
