/** What is left of the counts after each look, one second apart: about ten seconds are remembered. */
const KEPT = 0.9;

/** How the latest calls of one connection went. */
export class ConnectionHealth {
  private calls = 0;
  private failures = 0;

  /** @param failed the call ended in a way that the connection may be to blame for */
  record(failed: boolean): void {
    this.calls++;
    if (failed) this.failures++;
  }

  /** Lets older calls count less. To be called once a second. */
  decay(): void {
    this.calls *= KEPT;
    this.failures *= KEPT;
  }

  /** The share of calls that failed, 0 to 1, over these connections; null when they carried fewer than `calls`. */
  static errorRate(of: readonly ConnectionHealth[], calls: number): number | null {
    let total = 0;
    let failed = 0;
    for (const health of of) {
      total += health.calls;
      failed += health.failures;
    }
    return total < calls ? null : failed / total;
  }
}
