/** Largest rate that is believed, in calls per second; it keeps every sum and product finite. */
export const MAX_RATE = 1e12;

/** Learns from a rate per bucket and says how it goes on. */
export interface LoadModel {
  /** For people: `level`, `trend`, `season 86400 s`. */
  readonly name: string;
  /** Length of its season in buckets; null without one. */
  readonly period: number | null;
  /** The next bucket's rate, 0 to MAX_RATE. */
  observe(rate: number): void;
  /** The next bucket's rate isn't known. */
  skip(): void;
  /**
   * The rate expected so many buckets after the last one: 0 to MAX_RATE.
   * @param steps at least 1
   */
  forecast(steps: number): number;
}

/** A rate as it may be shown: never negative, infinite or NaN. */
export const plausibleRate = (rate: number): number => (rate > 0 ? Math.min(rate, MAX_RATE) : 0);
