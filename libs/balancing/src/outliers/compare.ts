import type { CallRecord, EjectionReason } from './call-record';
import type { OutlierLimits } from './limits';

/** An instance that is clearly worse than its peers. */
export interface Outlier<R extends CallRecord> {
  readonly record: R;
  readonly reason: EjectionReason;
  readonly why: string;
  /** How much worse: 1 is just at the limit. */
  readonly excess: number;
}

/** Fewer than three can't tell who of them is the odd one. */
const COMPARABLE = 3;

/**
 * Those whose success rate in this interval is below the mean of their peers by more than so many of the peers' standard
 * deviations. Unlike Envoy's, an instance isn't its own peer: its own failures would widen the deviation that it is
 * measured by, so that among fewer than five it could never stand out.
 */
export function successRateOutliers<R extends CallRecord>(records: readonly R[], limits: OutlierLimits): Outlier<R>[] {
  const rated = records.filter(({ calls }) => calls >= limits.minimumCalls);
  if (rated.length < COMPARABLE) return [];
  const spreadWithout = spreadOf(rated.map(rateOf));
  return rated.flatMap((record) => {
    const rate = rateOf(record);
    const { mean, deviation } = spreadWithout(rate);
    const slack = Math.max(limits.successDeviations * deviation, limits.successSlack);
    if (mean - rate <= slack) return [];
    const why = `${percent(rate)} of its calls succeed, ${percent(mean)} of its peers'`;
    return [{ record, reason: 'success-rate', why, excess: (mean - rate) / slack }];
  });
}

/** Those whose median latency in this interval is clearly above the median of their peers' medians. */
export function latencyOutliers<R extends CallRecord>(records: readonly R[], limits: OutlierLimits): Outlier<R>[] {
  const timed = records
    .filter(({ latencies }) => latencies.count >= limits.minimumCalls)
    .map((record) => ({ record, median: record.latencies.median() }))
    .toSorted((a, b) => a.median - b.median);
  if (timed.length < COMPARABLE) return [];
  // The lower one of an even number: when half of the peers are slow, slowness isn't the rule.
  const middle = Math.floor((timed.length - 2) / 2);
  return timed.flatMap(({ record, median }, index) => {
    const usual = timed[index <= middle ? middle + 1 : middle]!.median;
    const most = Math.max(usual * limits.latencyFactor, usual + limits.latencySlackMs);
    if (median <= most) return [];
    return [{ record, reason: 'latency', why: `takes ${ms(median)}, its peers ${ms(usual)}`, excess: median / most }];
  });
}

const rateOf = ({ successes, calls }: CallRecord): number => successes / calls;

/** Mean and standard deviation of the others, for one of the values. */
function spreadOf(values: readonly number[]): (without: number) => { mean: number; deviation: number } {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  const others = values.length - 1;
  return (without) => {
    const mean = (sum - without) / others;
    // Rounding may make it less than nothing.
    const variance = Math.max(0, (squares - without * without) / others - mean * mean);
    return { mean, deviation: Math.sqrt(variance) };
  };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
