import type { Clock } from '@gateway/clock';

/** How many events a socket may send. */
export interface EventBudgetRule {
  /** Per second, in the long run. */
  readonly rate: number;
  /** At once. */
  readonly burst: number;
}

/** A token bucket for one socket's events. */
export class EventBudget {
  private tokens: number;
  private filledAt: number;
  /** Events refused since the last one that was let through. */
  private overdrawn = 0;

  constructor(
    private readonly rule: EventBudgetRule,
    private readonly clock: Clock,
  ) {
    this.tokens = rule.burst;
    this.filledAt = clock.monotonic();
  }

  /** Takes one event; false: too many. */
  take(): boolean {
    const now = this.clock.monotonic();
    this.tokens = Math.min(this.rule.burst, this.tokens + ((now - this.filledAt) / 1000) * this.rule.rate);
    this.filledAt = now;
    if (this.tokens < 1) {
      this.overdrawn += 1;
      return false;
    }
    this.tokens -= 1;
    this.overdrawn = 0;
    return true;
  }

  /** A client that goes on like this although it is told to slow down: nobody who listens to the answers does. */
  get flooded(): boolean {
    return this.overdrawn > 10 * this.rule.burst;
  }
}
