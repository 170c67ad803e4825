export type { CachedResponse, CacheEntry, CacheRequest } from './entry';
export type { Bypass, CacheStats, Fill, Hit, Lookup, Miss, Patience, ResponseCache } from './response-cache-port';
export { responseCache, type ResponseCacheOptions } from './response-cache';
export { redisTier } from './redis-tier';
export type { SharedTier } from './shared-tier';
export { ageHeader, cacheStatus } from './cache-status';
