/** The smallest latency that is told apart, in milliseconds. */
const LEAST_MS = 0.1;
/** Each bucket is that much wider than the one before: estimates are that exact. */
const GROWTH = 1.1;
/** Up to 100 s. */
const BUCKETS = 1 + Math.ceil(Math.log(1_000_000) / Math.log(GROWTH));
/** After so many samples all counts are halved: what was long ago is forgotten. */
const HALVE_AFTER = 1_000;
/** The estimate is renewed after so many samples. */
const RENEW_AFTER = 20;

/** Estimates a quantile of latencies from a histogram that forgets. Takes a few nanoseconds a sample and 1 KB. */
export class LatencyQuantile {
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  private taken = 0;
  private estimate: number | null = null;

  /** @param quantile above 0, below 1, such as 0.95 */
  constructor(private readonly quantile: number) {}

  /** In milliseconds, at most a tenth too high; null before 20 samples. */
  get valueMs(): number | null {
    return this.estimate;
  }

  /** @param latencyMs 0 or more */
  record(latencyMs: number): void {
    this.counts[bucketOf(latencyMs)]! += 1;
    this.total++;
    this.taken++;
    if (this.taken % RENEW_AFTER === 0) this.estimate = this.compute();
    if (this.taken % HALVE_AFTER === 0) this.halve();
  }

  private compute(): number {
    let left = this.total * this.quantile;
    let bucket = 0;
    while (left > this.counts[bucket]! && bucket < BUCKETS - 1) left -= this.counts[bucket++]!;
    return LEAST_MS * GROWTH ** bucket;
  }

  private halve(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.counts[bucket]! /= 2;
    this.total /= 2;
  }
}

/** The bucket whose upper bound is the first one that isn't below the latency. */
function bucketOf(latencyMs: number): number {
  if (!(latencyMs > LEAST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(latencyMs / LEAST_MS) / Math.log(GROWTH)));
}
