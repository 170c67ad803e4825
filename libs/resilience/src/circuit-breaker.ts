/** When a breaker opens, and how it closes. */
export interface BreakerOptions {
  /** Failures in a row that open it. At least 1. */
  readonly failures: number;
  /** How long it stays open the first time, in milliseconds; doubles each time a trial fails. */
  readonly openMs: number;
  /** The longest that it stays open, in milliseconds. */
  readonly maxOpenMs: number;
  /** Calls that are let through at once while it is half-open. At least 1. */
  readonly halfOpenCalls: number;
}

/** Closed: calls pass. Open: none does. Half-open: a few do, and what becomes of them decides. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** How a call that was let through ended. `neutral` says nothing: neither for nor against. */
export type BreakerVerdict = 'ok' | 'failed' | 'neutral';

/** Admission of one call: hand it back with the call's end. */
export type BreakerTicket = number;

/**
 * A circuit breaker (Nygard, Release It!): after failures in a row it lets nothing through for a while, then a few trials.
 * It has no timer: what time changes is found out when it is asked. `now` is always monotonic milliseconds.
 */
export class CircuitBreaker {
  private failures = 0;
  private openUntil = 0;
  private openMs = 0;
  private trials = 0;
  private lastTrialAt = 0;
  private closed = true;
  /** Grows with each change of state: the ends of calls that were admitted before it mean nothing any more. */
  private era: BreakerTicket = 1;

  constructor(private readonly options: BreakerOptions) {}

  /** Admits a call. @returns null: it may not pass */
  tryEnter(now: number): BreakerTicket | null {
    if (this.closed) return this.era;
    if (!this.mayTry(now)) return null;
    this.trials++;
    this.lastTrialAt = now;
    return this.era;
  }

  /** The end of an admitted call. */
  settle(ticket: BreakerTicket, verdict: BreakerVerdict, now: number): void {
    if (ticket !== this.era) return;
    if (this.closed) this.settleClosed(verdict, now);
    else this.settleTrial(verdict, now);
  }

  /** Whether a call wouldn't pass now. */
  isBlocked(now: number): boolean {
    return !this.closed && !this.mayTry(now);
  }

  state(now: number): BreakerState {
    if (this.closed) return 'closed';
    return now < this.openUntil ? 'open' : 'half-open';
  }

  /** Milliseconds until the next trial may pass; 0: one may now, or as soon as those under way have ended. */
  waitMs(now: number): number {
    return this.closed ? 0 : Math.max(0, this.openUntil - now);
  }

  private settleClosed(verdict: BreakerVerdict, now: number): void {
    if (verdict === 'ok') this.failures = 0;
    if (verdict !== 'failed' || ++this.failures < this.options.failures) return;
    this.open(this.options.openMs, now);
  }

  private settleTrial(verdict: BreakerVerdict, now: number): void {
    if (verdict === 'neutral') this.trials = Math.max(0, this.trials - 1);
    else if (verdict === 'failed') this.open(this.openMs * 2, now);
    else this.close();
  }

  private open(forMs: number, now: number): void {
    this.closed = false;
    this.openMs = Math.min(this.options.maxOpenMs, forMs);
    this.openUntil = now + this.openMs;
    this.trials = 0;
    this.era++;
  }

  private close(): void {
    this.closed = true;
    this.failures = 0;
    this.era++;
  }

  private mayTry(now: number): boolean {
    if (now < this.openUntil) return false;
    // A trial that hangs must not keep the breaker from ever closing: after the longest pause another one may go.
    return this.trials < this.options.halfOpenCalls || now - this.lastTrialAt >= this.options.maxOpenMs;
  }
}
