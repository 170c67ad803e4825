import { Candidate, type CandidateFacts } from './candidate';
import type { Skip } from './chooser';

/** A candidate. */
export const candidate = (id: string, given: Partial<CandidateFacts> = {}, since = 0): Candidate =>
  new Candidate({ id, weight: 1, zone: '', version: '', ...given }, since);

/** So many candidates: c0, c1, … */
export const candidates = (count: number, given: Partial<CandidateFacts> = {}): Candidate[] =>
  Array.from({ length: count }, (_, index) => candidate(`c${index}`, given));

/** Skips nobody. */
export const NOBODY: Skip<Candidate> = { skips: () => false };

/** Skips those. */
export const skipping = (...skipped: readonly Candidate[]): Skip<Candidate> => ({
  skips: (each) => skipped.includes(each),
});

/** Repeatable randomness: mulberry32, by Tommy Ettinger. */
export function seededRandom(seed = 1): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** How often each was chosen, as a share of all. */
export function sharesOf(picks: number, pick: (index: number) => Candidate | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (let index = 0; index < picks; index++) {
    const id = pick(index)?.id ?? 'nobody';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return new Map([...counts].map(([id, count]) => [id, count / picks]));
}
