export { limitError, rateLimitHeaders } from './answer';
export { failoverLimiter, type FailoverLimiterOptions } from './failover-limiter';
export type { Decision, LimitCheck, Limiter, Outcome } from './limiter';
export { memoryLimiter, type MemoryLimiter, type MemoryLimiterOptions } from './memory-limiter';
export { redisLimiter } from './redis-limiter';
export { compileRule, type CompiledRule, type LimitRule, type OnStoreDown, type WindowShape } from './rule';
