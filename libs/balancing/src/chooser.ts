import type { Candidate } from './candidate';

/** Says who is passed over in one pick. */
export interface Skip<C> {
  skips(candidate: C): boolean;
}

/** Chooses among a fixed list of candidates. */
export interface Chooser<C extends Candidate> {
  /**
   * @param hash of the call's key; NO_KEY when it has none
   * @returns null: all are skipped
   */
  choose(hash: number, skip: Skip<C>): C | null;
}

/** What choosers draw on. */
export interface ChooserOptions {
  /** In [0, 1). */
  readonly random: () => number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How long a new candidate's share grows, in milliseconds; 0: it has its whole share at once. */
  readonly slowStartMs: number;
}

/** Stands for the hash of a call that has no key. */
export const NO_KEY = -1;

/** How often a chooser that draws lots tries before it goes through the list. */
export const TRIES = 16;

/** The first in the list, from anywhere, that isn't skipped: the last resort, when most of them are. */
export function anyOf<C>(candidates: readonly C[], skip: Skip<C>, random: () => number): C | null {
  const { length } = candidates;
  const start = Math.floor(random() * length);
  for (let i = 0; i < length; i++) {
    const candidate = candidates[(start + i) % length]!;
    if (!skip.skips(candidate)) return candidate;
  }
  return null;
}
