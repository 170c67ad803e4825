export { PURGED, type CacheRequest, type Dependencies } from './cache-request';
export {
  ageHeader,
  cacheStatus,
  type Bypass,
  type Fill,
  type Hit,
  type Lookup,
  type Miss,
  type Patience,
} from './lookup';
export { redisTier, type RedisTierOptions } from './redis-tier';
export { responseCache, type CacheStats, type ResponseCache, type ResponseCacheOptions } from './response-cache';
export type { CachedResponse, SharedEntry, SharedHit, SharedTier } from './shared-tier';
