import type { WindowShape } from './rule';

/**
 * Counts what was taken within the last `lengthMs`, in buckets of `bucketMs`: at most lengthMs / bucketMs + 1 of them.
 *
 * A bucket counts until its end is out of the window. So whatever was taken in the window before any moment is counted
 * at that moment, wherever in its bucket it was: a total within the limit means that no window is above it. What is
 * taken is given back at most one bucket too late.
 */
export class SlidingWindow {
  /** What counts now. Valid after `forget`. */
  total = 0;
  /** Numbers of the buckets that count, oldest first, and what each holds. */
  private readonly buckets: number[] = [];
  private readonly counts: number[] = [];

  /** The limit isn't kept: a rule's may change while its counts live on. */
  constructor(private readonly shape: Pick<WindowShape, 'lengthMs' | 'bucketMs'>) {}

  /** Drops what has left the window at `now`, in ms of a clock that never goes back. */
  forget(now: number): void {
    while (this.buckets.length > 0 && this.leavesAt(this.buckets[0]!) <= now) {
      this.buckets.shift();
      this.total -= this.counts.shift()!;
    }
  }

  add(now: number, cost: number): void {
    if (cost === 0) return;
    const bucket = Math.floor(now / this.shape.bucketMs);
    if (this.buckets.at(-1) === bucket) {
      this.counts[this.counts.length - 1]! += cost;
    } else {
      this.buckets.push(bucket);
      this.counts.push(cost);
    }
    this.total += cost;
  }

  /** Milliseconds until `cost` fits under `limit` beside what counts now: 0 at once, Infinity never. */
  waitFor(now: number, cost: number, limit: number): number {
    if (cost === 0) return 0;
    if (cost > limit) return Infinity;
    let over = this.total + cost - limit;
    for (let i = 0; over > 0; i++) {
      over -= this.counts[i]!;
      if (over <= 0) return this.leavesAt(this.buckets[i]!) - now;
    }
    return 0;
  }

  /** Milliseconds until nothing counts any more. */
  drainMs(now: number): number {
    const newest = this.buckets.at(-1);
    return newest === undefined ? 0 : this.leavesAt(newest) - now;
  }

  private leavesAt(bucket: number): number {
    return (bucket + 1) * this.shape.bucketMs + this.shape.lengthMs;
  }
}
