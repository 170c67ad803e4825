import type { Clock, Timer } from '@gateway/clock';
import type { Revision } from '@gateway/events';
import type { CacheRequest, Dependencies } from './cache-request';
import type { Bypass, Lookup, Patience } from './lookup';

/** Longest time to wait for anything, in ms: for callers without a deadline. */
const LONGEST_WAIT_MS = 60_000;

const bounded = ({ waitMs }: Patience): number => Math.min(waitMs, LONGEST_WAIT_MS);

/** Somebody who waits for another's answer: as long as patience allows, and as long as the client is there. */
export class Waiter {
  readonly lookup: Promise<Lookup>;
  private resolve!: (lookup: Lookup) => void;
  private flight: Flight | null = null;
  private answered = false;
  private readonly timer: Timer;

  constructor(
    readonly patience: Patience,
    clock: Clock,
  ) {
    this.lookup = new Promise((resolve) => (this.resolve = resolve));
    this.timer = clock.after(bounded(patience), () => this.leave('waited'));
    patience.onCancel?.(() => this.leave('cancelled'));
  }

  /** Waits for this flight from now on. Somebody who has left isn't taken along. */
  board(flight: Flight): void {
    if (this.answered) return;
    this.flight = flight;
    flight.waiters.add(this);
  }

  /** The first answer counts. */
  answer(lookup: Lookup): void {
    this.answered = true;
    this.flight?.waiters.delete(this);
    this.timer.cancel();
    this.resolve(lookup);
  }

  private leave(reason: Bypass['reason']): void {
    this.answer({ kind: 'bypass', reason });
  }
}

/** A question that is being answered: one caller asks the upstream, others may wait for it. */
export class Flight implements Dependencies {
  /** An event has made the answer untrue before it is there. */
  discarded = false;
  readonly waiters = new Set<Waiter>();
  readonly fields: Dependencies['fields'];
  readonly events: readonly string[];
  readonly tags: readonly string[];
  private readonly limit: Timer;

  /**
   * @param revision events up to here were known when it began
   * @param overdue called when whoever leads it didn't end it within its own patience
   */
  constructor(
    readonly request: CacheRequest,
    readonly revision: Revision | null,
    clock: Clock,
    leader: Patience,
    overdue: (flight: Flight) => void,
  ) {
    ({ fields: this.fields, events: this.events, tags: this.tags } = request);
    this.limit = clock.after(bounded(leader), () => overdue(this));
  }

  /** Ends it. @returns those who waited, in the order they came */
  land(): readonly Waiter[] {
    this.limit.cancel();
    const waiters = [...this.waiters];
    this.waiters.clear();
    return waiters;
  }
}
