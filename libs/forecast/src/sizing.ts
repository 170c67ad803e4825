/** What decides how many connections an endpoint needs. */
export interface Demand {
  /** Calls at the same time, on average: by Little's law the rate times the latency. */
  readonly concurrency: number;
  /** Calls that one connection carries at a time, at least 1. */
  readonly streamsPerConnection: number;
}

/** Least and most connections of an endpoint. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** How full connections should be on average: what is left takes the moments above the average. */
export const TARGET_UTILISATION = 0.7;
/** Standard deviations above the average that there is room for: one call in a thousand comes when there are more. */
const DEVIATIONS = 3;

/**
 * Little's law, L = λW (Little 1961): the mean number of calls in flight.
 * @param rate calls per second
 */
export const concurrencyOf = (rate: number, latencyMs: number): number => (rate * latencyMs) / 1_000;

/**
 * `ceil(concurrency / (streams × utilisation))`, within the bounds. Few calls vary more than many: calls in flight that come
 * independently have a Poisson distribution, so below some fifty of them three times its deviation, √concurrency, is more
 * than the utilisation leaves (square-root staffing: Halfin and Whitt 1981), and counts.
 */
export function connectionsFor(
  { concurrency, streamsPerConnection }: Demand,
  { min, max }: Bounds,
  utilisation = TARGET_UTILISATION,
): number {
  const streams = Math.max(concurrency / utilisation, concurrency + DEVIATIONS * Math.sqrt(concurrency));
  const needed = Math.ceil(streams / Math.max(1, streamsPerConnection));
  // What isn't a number needs nothing: the bounds still hold.
  return Math.max(min, Math.min(max, needed >= 0 ? needed : 0));
}
