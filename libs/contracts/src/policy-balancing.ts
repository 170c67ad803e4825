import { AuthPolicy_Mode, LoadBalancingPolicy_Algorithm as Algorithm } from './gen/gateway/v1/policy_pb';
import { keyPartProblem } from './policy-keys';
import type { PolicyRule } from './policy-rules';
import { checkDuration, checkUnique, HOUR_MS } from './policy-values';

/** What a call may be told apart by, beside headers and fields. */
const KEYS = ['user', 'ip'] as const;
const MAX_SPLITS = 16;

/** Which instance gets a call. */
export const loadBalancingRules: PolicyRule = ({ loadBalancing, auth }, scope, report) => {
  if (!loadBalancing) return;
  const { algorithm, hashBy, stickyBy, splits, slowStart, panicThreshold = 0 } = loadBalancing;
  const hashes = algorithm === Algorithm.CONSISTENT_HASH;
  if (hashes && hashBy.length === 0) report('load_balancing.hash_by', 'is missing');
  if (!hashes && hashBy.length > 0) report('load_balancing.hash_by', 'needs the algorithm CONSISTENT_HASH');
  const anonymous = auth?.mode === AuthPolicy_Mode.NONE;
  for (const [field, parts] of [
    ['load_balancing.hash_by', hashBy],
    ['load_balancing.sticky_by', stickyBy],
  ] as const) {
    checkUnique(report, field, parts);
    for (const part of parts) {
      const problem = keyPartProblem(part, KEYS, anonymous, scope);
      if (problem !== null) report(field, problem);
    }
  }
  if (splits.length > MAX_SPLITS) report('load_balancing.splits', `more than ${MAX_SPLITS}`);
  const versions = splits.map(({ version }) => version);
  checkUnique(report, 'load_balancing.splits', versions);
  if (versions.includes('')) report('load_balancing.splits', 'one names no version');
  if (splits.reduce((sum, { percent }) => sum + percent, 0) > 100)
    report('load_balancing.splits', 'together more than 100 percent');
  checkDuration(report, 'load_balancing.slow_start', slowStart, 0, HOUR_MS);
  if (panicThreshold > 100) report('load_balancing.panic_threshold', 'must be at most 100');
};
