import { type Algorithm, type BalancingPolicy, DEFAULT_POLICY } from '@gateway/balancing';
import { type LoadBalancingPolicy, LoadBalancingPolicy_Algorithm } from '@gateway/contracts';
import { toMilliseconds } from '../pipeline/duration';

const { UNSPECIFIED, ROUND_ROBIN, LEAST_REQUEST, PEAK_EWMA, CONSISTENT_HASH } = LoadBalancingPolicy_Algorithm;

const ALGORITHMS: Readonly<Record<LoadBalancingPolicy_Algorithm, Algorithm>> = {
  [UNSPECIFIED]: 'least-request',
  [ROUND_ROBIN]: 'round-robin',
  [LEAST_REQUEST]: 'least-request',
  [PEAK_EWMA]: 'peak-ewma',
  [CONSISTENT_HASH]: 'consistent-hash',
};

/** A route's policy as the balancer takes it. */
export function balancingPolicy(policy: LoadBalancingPolicy): BalancingPolicy {
  const { algorithm, splits, preferZone, slowStart, panicThreshold } = policy;
  return {
    algorithm: ALGORITHMS[algorithm],
    splits: splits.map(({ version, percent }) => ({ version, percent })),
    preferZone: preferZone ?? DEFAULT_POLICY.preferZone,
    slowStartMs: slowStart === undefined ? DEFAULT_POLICY.slowStartMs : toMilliseconds(slowStart),
    panicThreshold: panicThreshold ?? DEFAULT_POLICY.panicThreshold,
  };
}
