import { GatewayError } from '@gateway/errors';
import type { Decision, LimitCheck, Outcome } from './limiter';

/**
 * The response headers that tell a client its limits (draft-ietf-httpapi-ratelimit-headers-10), as a flat list of
 * lower-case names and values. Shadow rules and limits that nobody counted aren't told. `retry-after` isn't among them:
 * it comes with the error.
 * @param options.legacy also `x-ratelimit-limit`, `-remaining` and `-reset`, of the limit that is nearest to its end
 */
export function rateLimitHeaders(
  checks: readonly LimitCheck[],
  { decisions }: Pick<Outcome, 'decisions'>,
  { legacy }: { readonly legacy: boolean },
): string[] {
  const told = checks
    .map(({ rule }, i) => ({ rule, decision: decisions[i]! }))
    .filter(({ rule, decision }) => !rule.shadow && decision.store !== 'none');
  if (told.length === 0) return [];
  const items = told.map(
    ({ rule, decision }) => `${rule.quotedName};r=${decision.remaining};t=${decision.resetSeconds}`,
  );
  const headers = [
    'ratelimit-policy',
    told.map(({ rule }) => rule.policyItem).join(', '),
    'ratelimit',
    items.join(', '),
  ];
  return legacy ? [...headers, ...legacyHeaders(told.map(({ decision }) => decision))] : headers;
}

function legacyHeaders(decisions: readonly Decision[]): string[] {
  const { limit, remaining, resetSeconds } = decisions.reduce((nearest, each) =>
    shareLeft(each) < shareLeft(nearest) ? each : nearest,
  );
  return [
    'x-ratelimit-limit',
    String(limit),
    'x-ratelimit-remaining',
    String(remaining),
    'x-ratelimit-reset',
    String(resetSeconds),
  ];
}

const shareLeft = ({ remaining, limit }: Decision): number => remaining / limit;

/**
 * The error that answers a call that isn't allowed: GW_RATE_LIMITED with the rules that refused and when to come back,
 * or GW_LIMIT_UNAVAILABLE when a rule that must be checked couldn't be.
 */
export function limitError(checks: readonly LimitCheck[], { decisions }: Outcome): GatewayError {
  const refusing = decisions.filter(({ allowed }, i) => !allowed && !checks[i]!.rule.shadow);
  const retryAfter = Math.max(1, ...refusing.map(({ retryAfterSeconds }) => retryAfterSeconds));
  if (refusing.some(({ store }) => store === 'none')) return new GatewayError('GW_LIMIT_UNAVAILABLE', { retryAfter });
  const names = checks.filter((_, i) => refusing.includes(decisions[i]!)).map(({ rule }) => rule.name);
  return new GatewayError('GW_RATE_LIMITED', { retryAfter, violatedPolicies: names });
}
