import type { Candidate } from './candidate';

/** Who may get calls. */
export interface Usable<C> {
  /** At least one, unless there is no candidate. */
  readonly usable: readonly C[];
  /** Those that aren't known to refuse connections; all, when all of them do. */
  readonly reachable: readonly C[];
  /** Whether too few were usable, so that withheld ones get calls, too. */
  readonly panicking: boolean;
}

/**
 * Leaves out those that shouldn't get calls. When that leaves fewer than `panicThreshold` percent, the judgement is more
 * likely to be wrong than so many instances to be bad, and the few would break under the load of all: then nobody is
 * withheld (Envoy's panic threshold). One that refuses connections isn't part of that: it couldn't carry anything, so it
 * counts neither for nor against, and is asked only when all refuse.
 */
export function usableOf<C extends Candidate>(candidates: readonly C[], panicThreshold: number): Usable<C> {
  const connected = candidates.filter(({ standing }) => standing !== 'unreachable');
  const reachable = connected.length > 0 ? connected : candidates;
  const usable = reachable.filter(({ standing }) => standing !== 'withheld');
  const enough = usable.length > 0 && usable.length * 100 >= panicThreshold * reachable.length;
  const panicking = !enough && reachable.length > 0;
  return { usable: panicking ? reachable : usable, reachable, panicking };
}
