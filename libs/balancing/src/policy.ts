/** How candidates are chosen. */
export type Algorithm =
  /** In turn, by weight. */
  | 'round-robin'
  /** Of two at random, the one with fewer calls under way. */
  | 'least-request'
  /** Of two at random, the one with the lower product of its latency's average and calls under way. */
  | 'peak-ewma'
  /** By the call's key; without one, as least-request. */
  | 'consistent-hash';

/** A share of traffic. */
export interface SplitShare {
  readonly version: string;
  /** 0 to 100. */
  readonly percent: number;
}

/** What a balancer does. */
export interface BalancingPolicy {
  readonly algorithm: Algorithm;
  /** Shares by version, together at most 100; versions that aren't named share the rest. Empty: versions don't matter. */
  readonly splits: readonly SplitShare[];
  /** Whether candidates of the own zone are preferred. Not by consistent-hash: a key has one place, wherever it is asked for. */
  readonly preferZone: boolean;
  /** How long a new candidate's share grows from a tenth to the whole, in milliseconds; 0: it has it at once. */
  readonly slowStartMs: number;
  /** Percent of the reachable candidates that must be usable; below, withheld ones get calls, too. 0 to 100. */
  readonly panicThreshold: number;
}

/** What isn't said otherwise. */
export const DEFAULT_POLICY: BalancingPolicy = {
  algorithm: 'least-request',
  splits: [],
  preferZone: true,
  slowStartMs: 0,
  // Envoy's.
  panicThreshold: 50,
};
