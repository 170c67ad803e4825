import type { Candidate } from './candidate';

/** What a new instance's share begins with. */
const FIRST_SHARE = 0.1;

/**
 * How much of their share candidates get while they are new. It grows evenly from a tenth to the whole, and is relative to
 * the one that has been here longest: when all are new, none is held back.
 */
export class SlowStart {
  private readonly oldest: number;
  private readonly warmAt: number;

  /** @param windowMs 0: the whole share at once */
  constructor(
    candidates: readonly Candidate[],
    private readonly windowMs: number,
    private readonly now: () => number,
  ) {
    let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { since } of candidates) [oldest, newest] = [Math.min(oldest, since), Math.max(newest, since)];
    this.oldest = oldest;
    this.warmAt = windowMs > 0 && newest > oldest ? newest + windowMs : Number.NEGATIVE_INFINITY;
  }

  /** Above 0, at most 1. */
  shareOf({ since }: Candidate): number {
    if (this.warmAt === Number.NEGATIVE_INFINITY) return 1;
    const now = this.now();
    return now >= this.warmAt ? 1 : this.grown(since, now) / this.grown(this.oldest, now);
  }

  private grown(since: number, now: number): number {
    return Math.min(1, Math.max(FIRST_SHARE, (now - since) / this.windowMs));
  }
}
