/** So many retries may always run at once: with few requests a percentage would allow none. */
export const MIN_RETRIES = 3;

/** Gauges of a budget. */
export interface BudgetStats {
  /** Requests under way. */
  readonly running: number;
  /** Further attempts under way. */
  readonly retrying: number;
}

/**
 * Keeps retries from becoming the load: no more of them at a time than a share of the requests that run. When everything
 * fails, a service gets its load and that share on top, and not a multiple of it.
 */
export class RetryBudget {
  private running = 0;
  private retrying = 0;

  /** A request begins. */
  started(): void {
    this.running++;
  }

  /** A request that began has ended. */
  ended(): void {
    this.running--;
  }

  /**
   * Takes room for a further attempt, if there is any; `retryEnded` gives it back.
   * @param percent of the running requests, 0 or more; below `MIN_RETRIES` of them there is room in any case
   */
  tryRetry(percent: number): boolean {
    if (this.retrying >= Math.max(MIN_RETRIES, (this.running * percent) / 100)) return false;
    this.retrying++;
    return true;
  }

  /** A further attempt that had room has ended. */
  retryEnded(): void {
    this.retrying--;
  }

  /** Whether nothing runs: then forgetting the budget changes nothing. */
  get idle(): boolean {
    return this.running === 0 && this.retrying === 0;
  }

  stats(): BudgetStats {
    return { running: this.running, retrying: this.retrying };
  }
}
