/** How many calls may run at once. Every call that was let in must be released, once. */
export interface ConcurrencyLimit {
  /** Calls under way. */
  readonly inFlight: number;
  /** Calls that may run at once at present, at least 1. */
  readonly limit: number;
  /** Lets a call in, if there is room. */
  tryAcquire(): boolean;
  /**
   * A call that was let in has ended.
   * @param latencyMs how long it took; null: its time says nothing (it was cancelled, or nobody was there)
   * @param now monotonic milliseconds
   */
  release(latencyMs: number | null, now: number): void;
}

/** A limit that stands still: a bulkhead, which keeps one crowd from taking all the room. */
export class FixedLimit implements ConcurrencyLimit {
  inFlight = 0;

  /** @param limit at least 1 */
  constructor(readonly limit: number) {}

  tryAcquire(): boolean {
    return this.tryAcquireWithin(this.limit);
  }

  /** As tryAcquire, for a caller with a limit of its own on the same calls. */
  tryAcquireWithin(limit: number): boolean {
    if (this.inFlight >= limit) return false;
    this.inFlight++;
    return true;
  }

  release(): void {
    this.inFlight--;
  }
}
