import type { RoutePolicy } from './gen/gateway/v1/policy_pb';
import { rateLimitRules, securityHeaderRules, authRules } from './policy-access';
import { cacheRules, compressionRules, emitRules, idempotencyRules, mockRules } from './policy-content';
import { loadBalancingRules } from './policy-balancing';
import { corsRules } from './policy-cors';
import { deprecationRules, sloRules, timeoutRules, versionRules } from './policy-life';
import { circuitBreakerRules, concurrencyRules, hedgeRules, retryRules } from './policy-resilience';
import type { PolicyScope } from './policy-scope';
import { transcodingRules } from './policy-transcoding';

/** Something in a policy that can't mean anything. */
export interface PolicyProblem {
  /** Where, in proto names: `rate_limits[0].window`. */
  readonly field: string;
  readonly detail: string;
}

/** Reports what one part of a policy gets wrong. */
export type PolicyRule = (policy: RoutePolicy, scope: PolicyScope, report: Report) => void;

/** Takes one problem. */
export type Report = (field: string, detail: string) => void;

const RULES: readonly PolicyRule[] = [
  authRules,
  rateLimitRules,
  cacheRules,
  emitRules,
  timeoutRules,
  retryRules,
  hedgeRules,
  circuitBreakerRules,
  concurrencyRules,
  loadBalancingRules,
  versionRules,
  deprecationRules,
  compressionRules,
  idempotencyRules,
  mockRules,
  securityHeaderRules,
  corsRules,
  sloRules,
  transcodingRules,
];

/**
 * Everything impossible in a policy: negative times, limits that let nothing pass, names of nothing. Empty: none.
 * @param scope the names that the policy may refer to
 */
export function policyProblems(policy: RoutePolicy, scope: PolicyScope): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const rule of RULES) rule(policy, scope, (field, detail) => problems.push({ field, detail }));
  return problems;
}
