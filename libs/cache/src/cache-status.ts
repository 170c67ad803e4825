import type { Hit, Lookup } from './response-cache-port';

/**
 * The value of Cache-Status (RFC 9211).
 * @param stored for a miss: whether the answer was stored
 */
export declare function cacheStatus(lookup: Lookup, stored: boolean): string;

/** The value of Age (RFC 9111 §5.1). */
export declare function ageHeader(hit: Hit): string;
