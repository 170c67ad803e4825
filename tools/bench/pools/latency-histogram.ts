/** Steps of one percent from a microsecond. */
const STEP = Math.log(1.01);
const LEAST_MS = 0.001;
const SLOTS = 2_400;

/** Durations by size, exact to one percent. */
export class LatencyHistogram {
  private readonly counts = new Float64Array(SLOTS);
  count = 0;

  record(ms: number): void {
    const slot = ms <= LEAST_MS ? 0 : Math.min(SLOTS - 1, Math.ceil(Math.log(ms / LEAST_MS) / STEP));
    this.counts[slot]!++;
    this.count++;
  }

  /** The duration in milliseconds that a share of `quantile` doesn't exceed; 0 without any. */
  quantile(quantile: number): number {
    let left = Math.ceil(quantile * this.count);
    if (left === 0) return 0;
    const slot = this.counts.findIndex((count) => (left -= count) <= 0);
    return slot === 0 ? 0 : LEAST_MS * Math.exp(slot * STEP);
  }
}
