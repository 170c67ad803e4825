/** The time after which an old measurement counts for 1/e, in milliseconds: Finagle's 10 s. */
export const DECAY_MS = 10_000;

/**
 * A moving average of latencies that is quick to worsen and slow to forget: a measurement above it counts at once and
 * whole, one below it by how much time has passed. Without measurements it decays towards 0, so that an instance that was
 * slow is tried again. (Finagle's PeakEwma, https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded.)
 */
export class PeakEwma {
  private average = 0;
  private at = 0;

  /** Takes a measurement. @param ms at least 0. @param now monotonic milliseconds */
  observe(ms: number, now: number): void {
    if (ms > this.average) this.average = ms;
    else this.average = ms + (this.average - ms) * this.decay(now);
    this.at = now;
  }

  /** The average in milliseconds; 0: nothing is known. */
  value(now: number): number {
    return this.average === 0 ? 0 : this.average * this.decay(now);
  }

  private decay(now: number): number {
    return Math.exp(-Math.max(0, now - this.at) / DECAY_MS);
  }
}
