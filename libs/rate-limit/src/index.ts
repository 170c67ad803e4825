export type {
  CompiledRule,
  Decision,
  LimitCheck,
  LimitRule,
  Limiter,
  OnStoreDown,
  Outcome,
  WindowShape,
} from './limiter';
export { compileRule } from './rule';
export { memoryLimiter, type MemoryLimiterOptions } from './memory-limiter';
export { redisLimiter } from './redis-limiter';
export { failoverLimiter, type FailoverLimiterOptions } from './failover-limiter';
export { rateLimitHeaders, limitError } from './answer';
