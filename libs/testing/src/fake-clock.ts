import type { Clock, Timer } from '@gateway/clock';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves on by `ms`; what becomes due on the way is called in order, at its own time, before this returns. */
  advance(ms: number): void;
  /** Sets the wall clock as an administrator would: `monotonic()` and timers don't notice. */
  setNow(epochMs: number): void;
  /** How many timers are pending: 0 shows that nothing was left behind. */
  readonly pending: number;
}

interface Pending {
  dueAt: number;
  readonly order: number;
  readonly every: number | null;
  readonly run: () => void;
}

const START = Date.UTC(2026, 0, 1);

/** Makes a clock at 2026-01-01T00:00:00Z, or at `now` (milliseconds since the Unix epoch). */
export const fakeClock = ({ now = START }: { now?: number } = {}): FakeClock => new SteppedClock(now);

class SteppedClock implements FakeClock {
  readonly #timers = new Set<Pending>();
  #elapsed = 0;
  #made = 0;

  constructor(private origin: number) {}

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.origin + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setNow(epochMs: number): void {
    this.origin = epochMs - this.#elapsed;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add(ms, null, run);
  }

  every(ms: number, run: () => void): Timer {
    // An interval of 0 would make advance() run forever; the system's clock makes it 1, too.
    return this.#add(Math.max(1, ms), Math.max(1, ms), run);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#add(ms, null, resolve));
  }

  advance(ms: number): void {
    const until = this.#elapsed + ms;
    for (let next = this.#nextDue(until); next; next = this.#nextDue(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.dueAt);
      if (next.every === null) this.#timers.delete(next);
      else next.dueAt += next.every;
      next.run();
    }
    this.#elapsed = until;
  }

  #add(ms: number, every: number | null, run: () => void): Timer {
    const pending: Pending = { dueAt: this.#elapsed + Math.max(0, ms), order: this.#made++, every, run };
    this.#timers.add(pending);
    return { cancel: () => void this.#timers.delete(pending) };
  }

  #nextDue(until: number): Pending | undefined {
    const due = [...this.#timers].filter((each) => each.dueAt <= until);
    return due.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order)[0];
  }
}
