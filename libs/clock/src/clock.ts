/** A pending timer. */
export interface Timer {
  /** Takes it back; nothing happens when it has fired. */
  cancel(): void;
}

/** Where time comes from: the system's clock, or one that a test moves (`fakeClock` in libs/testing). */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the system's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary point, never going back. For durations and deadlines. */
  monotonic(): number;
  /** Calls `run` once, after `ms`, at most some 24 days, which stand for Infinity, too. The timer doesn't keep the process alive. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` every `ms` until it is cancelled. The timer doesn't keep the process alive. */
  every(ms: number, run: () => void): Timer;
  /** Resolves after `ms`. Keeps the process alive. */
  sleep(ms: number): Promise<void>;
}

/** The longest timer of Node: it fires a longer one at once, as if it were a mistake. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const handle = setTimeout(run, Math.min(ms, MAX_TIMER_MS));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, run) {
    const handle = setInterval(run, ms);
    handle.unref();
    return { cancel: () => clearInterval(handle) };
  },
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
