/** Buckets a doubling is divided into: a median is right to within a fifth. */
const PER_DOUBLING = 4;
/** From 0.1 ms to about 100 s. */
const SMALLEST_MS = 0.1;
const BUCKETS = 20 * PER_DOUBLING;

/** Latencies of one instance in one interval, in little space. */
export class LatencyHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;

  /** @param ms at least 0 */
  record(ms: number): void {
    const bucket = Math.round(Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * PER_DOUBLING);
    this.counts[Math.min(bucket, BUCKETS - 1)]!++;
    this.total++;
  }

  get count(): number {
    return this.total;
  }

  /** The median in milliseconds; 0 without any. */
  median(): number {
    if (this.total === 0) return 0;
    let left = this.total / 2;
    const bucket = this.counts.findIndex((count) => (left -= count) <= 0);
    return SMALLEST_MS * 2 ** (bucket / PER_DOUBLING);
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
  }
}
