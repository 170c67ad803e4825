import type { Clock, Timer } from '@gateway/clock';

/** A clock that only a test moves. */
export interface FakeClock extends Clock {
  /** Moves time, running what falls due in its order, and lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Sets `now()` as an operator would set the system's clock: timers and `monotonic()` don't notice. */
  jump(ms: number): void;
  /** How many timers are pending. */
  readonly pending: number;
}

interface Entry {
  at: number;
  readonly run: () => void;
  readonly every: number | null;
}

/** @param start what `now()` says at first, in milliseconds since the epoch; `monotonic()` starts at 0 */
export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0;
  let offset = start;
  const entries = new Set<Entry>();

  const schedule = (ms: number, run: () => void, every: number | null): Timer => {
    const entry: Entry = { at: elapsed + ms, run, every };
    entries.add(entry);
    return { cancel: () => void entries.delete(entry) };
  };
  const earliest = (until: number): Entry | undefined =>
    [...entries].filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
  const fire = (entry: Entry): void => {
    elapsed = Math.max(elapsed, entry.at);
    if (entry.every === null) entries.delete(entry);
    else entry.at += Math.max(1, entry.every);
    entry.run();
  };

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    after: (ms, run) => schedule(ms, run, null),
    every: (ms, run) => schedule(ms, run, ms),
    sleep: (ms) => new Promise((resolve) => schedule(ms, resolve, null)),
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let due = earliest(until); due; due = earliest(until)) {
        fire(due);
        await settle();
      }
      elapsed = until;
    },
    jump: (ms) => void (offset += ms),
    get pending() {
      return entries.size;
    },
  };
}

/** Lets every promise that can settle now do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
