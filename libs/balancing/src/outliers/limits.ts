/** When an instance is taken out, and for how long. */
export interface OutlierLimits {
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** Connections refused in a row. */
  readonly consecutiveRefusals: number;
  /** How often success rates and latencies are compared, in milliseconds. */
  readonly intervalMs: number;
  /** Calls in an interval below which an instance isn't compared, nor compared with. */
  readonly minimumCalls: number;
  /** Standard deviations of its peers that a success rate may be below their mean. */
  readonly successDeviations: number;
  /** What a success rate may be below its peers' mean however alike they are, 0 to 1. */
  readonly successSlack: number;
  /** How many times its peers' median the median latency may be. */
  readonly latencyFactor: number;
  /** What the median latency may be above its peers' however quick they are, in milliseconds. */
  readonly latencySlackMs: number;
  /** How long the first ejection lasts; the nth lasts n times as long. */
  readonly ejectionMs: number;
  readonly maxEjectionMs: number;
  /** By what part of it an ejection is prolonged at random, so that those of one incident don't all return at once. */
  readonly jitter: number;
  /** Percent of the instances that may be ejected at a time; one may be in any case when there are others. */
  readonly maxEjectedPercent: number;
}

/** Envoy's, where it has such a limit. */
export const OUTLIER_LIMITS: OutlierLimits = {
  consecutiveFailures: 5,
  consecutiveRefusals: 2,
  intervalMs: 10_000,
  minimumCalls: 50,
  successDeviations: 1.9,
  successSlack: 0.05,
  latencyFactor: 3,
  latencySlackMs: 25,
  ejectionMs: 30_000,
  maxEjectionMs: 300_000,
  jitter: 0.1,
  maxEjectedPercent: 10,
};
