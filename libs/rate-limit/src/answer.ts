import type { GatewayError } from '@gateway/errors';
import type { LimitCheck, Outcome } from './limiter';

/**
 * The response headers that tell a client its limits, as a flat list of lower-case names and values.
 * @param options.legacy also `x-ratelimit-limit`, `-remaining` and `-reset`
 */
export declare function rateLimitHeaders(
  checks: readonly LimitCheck[],
  outcome: Outcome,
  options: { legacy: boolean },
): string[];

/** The error that answers a call that isn't allowed: GW_RATE_LIMITED, or GW_LIMIT_UNAVAILABLE when nobody could count. */
export declare function limitError(checks: readonly LimitCheck[], outcome: Outcome): GatewayError;
