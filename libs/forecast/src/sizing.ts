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

/**
 * Little's law, L = λW (Little 1961): the mean number of calls in flight.
 * @param rate calls per second
 */
export const concurrencyOf = (rate: number, latencyMs: number): number => (rate * latencyMs) / 1_000;

/** `ceil(concurrency / (streams × utilisation))`, within the bounds. */
export function connectionsFor(
  { concurrency, streamsPerConnection }: Demand,
  { min, max }: Bounds,
  utilisation = TARGET_UTILISATION,
): number {
  const needed = Math.ceil(concurrency / (Math.max(1, streamsPerConnection) * utilisation));
  // What isn't a number needs nothing: the bounds still hold.
  return Math.max(min, Math.min(max, needed >= 0 ? needed : 0));
}
