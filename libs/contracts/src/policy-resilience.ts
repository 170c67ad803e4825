import { type Duration } from '@bufbuild/protobuf/wkt';
import type { PolicyRule, Report } from './policy-rules';
import { checkDuration, HOUR_MS, milliseconds } from './policy-values';

const MAX_RETRIES = 10;
const MAX_HEDGES = 4;
const MAX_FAILURES = 1_000;
const MAX_TRIALS = 100;
const MAX_CALLS = 1_000_000;
const MINUTE_MS = 60_000;
/** A success, or what asks the client for something, isn't better the second time. */
const RETRYABLE_STATUS = { least: 400, most: 599 };

/** Further attempts. */
export const retryRules: PolicyRule = ({ retry }, _scope, report) => {
  if (!retry) return;
  const { maxRetries = 0, budgetPercent = 0, statuses } = retry;
  if (maxRetries > MAX_RETRIES) report('retry.max_retries', `must be at most ${MAX_RETRIES}`);
  if (budgetPercent > 100) report('retry.budget_percent', 'must be at most 100');
  checkDuration(report, 'retry.per_try_timeout', retry.perTryTimeout, 1, HOUR_MS);
  checkDuration(report, 'retry.backoff_base', retry.backoffBase, 1, MINUTE_MS);
  checkDuration(report, 'retry.backoff_max', retry.backoffMax, 1, MINUTE_MS);
  checkOrder(report, 'retry.backoff_max', retry.backoffBase, retry.backoffMax, 'backoff_base');
  const { least, most } = RETRYABLE_STATUS;
  if (statuses.some((status) => status < least || status > most))
    report('retry.statuses', `must be between ${least} and ${most}`);
};

/** Attempts beside a slow one. */
export const hedgeRules: PolicyRule = ({ hedge }, _scope, report) => {
  if (!hedge) return;
  checkDuration(report, 'hedge.delay', hedge.delay, 1, HOUR_MS);
  if (hedge.maxHedges > MAX_HEDGES) report('hedge.max_hedges', `must be at most ${MAX_HEDGES}`);
};

/** When an endpoint is given up. */
export const circuitBreakerRules: PolicyRule = ({ circuitBreaker }, _scope, report) => {
  if (!circuitBreaker) return;
  const { consecutiveErrors, halfOpenCalls, open, maxOpen } = circuitBreaker;
  if (consecutiveErrors > MAX_FAILURES) report('circuit_breaker.consecutive_errors', `must be at most ${MAX_FAILURES}`);
  if (halfOpenCalls > MAX_TRIALS) report('circuit_breaker.half_open_calls', `must be at most ${MAX_TRIALS}`);
  checkDuration(report, 'circuit_breaker.open', open, 1, HOUR_MS);
  checkDuration(report, 'circuit_breaker.max_open', maxOpen, 1, HOUR_MS);
  checkOrder(report, 'circuit_breaker.max_open', open, maxOpen, 'open');
};

/** How many calls may run at once. */
export const concurrencyRules: PolicyRule = ({ concurrency }, _scope, report) => {
  if (!concurrency) return;
  if (concurrency.perInstance > MAX_CALLS) report('concurrency.per_instance', `must be at most ${MAX_CALLS}`);
  if (concurrency.perRoute > MAX_CALLS) report('concurrency.per_route', `must be at most ${MAX_CALLS}`);
};

function checkOrder(
  report: Report,
  field: string,
  less: Duration | undefined,
  more: Duration | undefined,
  name: string,
): void {
  if (less && more && milliseconds(more) < milliseconds(less)) report(field, `is shorter than ${name}`);
}
