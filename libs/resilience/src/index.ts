export { backoffMs, type BackoffOptions } from './backoff';
export {
  type BreakerOptions,
  type BreakerState,
  type BreakerTicket,
  type BreakerVerdict,
  CircuitBreaker,
} from './circuit-breaker';
export { type ConcurrencyLimit, FixedLimit } from './concurrency-limit';
export { GradientLimit, type GradientOptions } from './gradient-limit';
export { LatencyQuantile } from './latency-quantile';
export { LoadMeter, type LoadMeterOptions } from './load-meter';
export { containerMemoryLimit } from './memory-limit';
export { type LoadSample, Overload, type OverloadLimits, type ShedPriority } from './overload';
export { parseHttpDate, parseRetryAfter } from './retry-after';
export { type BudgetStats, MIN_RETRIES, RetryBudget } from './retry-budget';
export { parsePushback } from './retry-pushback';
