/** How pauses between attempts grow. */
export interface BackoffOptions {
  /** The longest that the first pause can be, in milliseconds. */
  readonly baseMs: number;
  /** The longest that any pause can be, in milliseconds. */
  readonly maxMs: number;
}

/**
 * The pause before a retry, in milliseconds: anything between nothing and a bound that doubles ("full jitter" of Marc
 * Brooker, Exponential Backoff And Jitter, 2015). Callers that failed together don't come back together.
 * @param retry 0 for the first one
 * @param random at least 0, below 1
 */
export function backoffMs({ baseMs, maxMs }: BackoffOptions, retry: number, random: () => number): number {
  return random() * Math.min(maxMs, baseMs * 2 ** retry);
}
