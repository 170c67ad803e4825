/** A planned interruption of a deprecated route: its callers notice before it ends for good. */
export interface Brownout {
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** Milliseconds, above 0. */
  readonly duration: number;
  /** Milliseconds from one start to the next, not below `duration`; 0: it happens once. */
  readonly every: number;
}

/** A stretch of time, in milliseconds since the epoch: `from` is in it, `until` isn't. */
export interface Stretch {
  /** Whether it lies in a brownout. */
  readonly interrupted: boolean;
  readonly from: number;
  readonly until: number;
}

/**
 * The longest known stretch around a moment in which nothing changes. Where windows overlap or touch, an interruption
 * goes on: it ends when a moment lies in none of them.
 */
export function stretchAt(brownouts: readonly Brownout[], now: number): Stretch {
  const end = interruptionEnd(brownouts, now);
  if (end !== null) return { interrupted: true, from: now, until: end };
  const starts = brownouts.map((brownout) => nextStart(brownout, now));
  return { interrupted: false, from: now, until: Math.min(Number.POSITIVE_INFINITY, ...starts) };
}

/** When the windows around a moment end; null: it lies in none. */
function interruptionEnd(brownouts: readonly Brownout[], now: number): number | null {
  let at = now;
  // Each step ends one window; windows that follow each other without a gap for ever have no end worth telling.
  for (let step = 0; step <= brownouts.length * 2; step++) {
    const ends = brownouts.map((brownout) => windowEnd(brownout, at)).filter((end) => end !== null);
    if (ends.length === 0) break;
    at = Math.max(...ends);
  }
  return at === now ? null : at;
}

/** The end of the window that a moment lies in; null: in none of them. */
function windowEnd({ start, duration, every }: Brownout, at: number): number | null {
  if (at < start) return null;
  const opened = every === 0 ? start : at - ((at - start) % every);
  return at < opened + duration ? opened + duration : null;
}

/** The first start behind a moment; Infinity: none. */
function nextStart({ start, every }: Brownout, at: number): number {
  if (at < start) return start;
  return every === 0 ? Number.POSITIVE_INFINITY : at - ((at - start) % every) + every;
}
