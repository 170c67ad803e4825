import type { Clock, Timer } from '@gateway/clock';

/** How late a deadline may be noticed, in milliseconds. */
const TICK_MS = 25;

/** Something that must end in time. */
export interface Deadline {
  /** `Clock.monotonic`. */
  readonly at: number;
  expired(): void;
}

/**
 * Deadlines of calls, most of which are taken back long before: a set and one coarse timer cost a third of what a timer
 * for each would.
 */
export class Deadlines {
  private readonly pending = new Set<Deadline>();
  private ticking: Timer | null = null;

  constructor(private readonly clock: Clock) {}

  add(deadline: Deadline): void {
    this.pending.add(deadline);
    this.ticking ??= this.clock.every(TICK_MS, () => this.tick());
  }

  remove(deadline: Deadline): void {
    this.pending.delete(deadline);
  }

  private tick(): void {
    const now = this.clock.monotonic();
    for (const deadline of this.pending) {
      if (deadline.at > now) continue;
      this.pending.delete(deadline);
      deadline.expired();
    }
    if (this.pending.size > 0) return;
    this.ticking?.cancel();
    this.ticking = null;
  }
}
