import type { Candidate } from './candidate';
import { anyOf, type Chooser, type ChooserOptions, type Skip, TRIES } from './chooser';
import { SlowStart } from './slow-start';
import { WeightedDraw } from './weighted-draw';

/** What it would cost to give a candidate one more call. Only comparisons count. */
export type CostOf = (candidate: Candidate, now: number) => number;

/** Calls under way for its weight. */
export const leastRequest: CostOf = ({ inFlight, weight }) => inFlight / weight;

/** More than any latency: what a candidate costs whose first answer is still awaited. */
const UNKNOWN_MS = 1e6;

/**
 * The latency that is to be expected, times the calls that wait. One whose latency isn't known gets one call to begin with,
 * and no more until that has been answered. (Finagle's PeakEwma.)
 */
export const peakEwma: CostOf = ({ inFlight, weight, latency }, now) => {
  const ms = latency.value(now);
  // Weighing the calls alone, not the latency: of two idle ones, the draw has already preferred the heavier.
  if (ms > 0) return ms * (1 + inFlight / weight);
  return inFlight === 0 ? 0 : UNKNOWN_MS * (1 + inFlight / weight);
};

/**
 * Of two candidates drawn by weight, the cheaper: almost as even as asking all of them, without the herd that runs to the
 * one that is best right now (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 */
export class TwoChoices<C extends Candidate> implements Chooser<C> {
  private readonly lots: WeightedDraw;
  private readonly slowStart: SlowStart;

  /** @param candidates at least one */
  constructor(
    private readonly candidates: readonly C[],
    private readonly costOf: CostOf,
    private readonly options: ChooserOptions,
  ) {
    this.lots = new WeightedDraw(candidates.map(({ weight }) => weight));
    this.slowStart = new SlowStart(candidates, options.slowStartMs, options.now);
  }

  choose(_hash: number, skip: Skip<C>): C | null {
    const first = this.draw(null, skip);
    if (first === null) return anyOf(this.candidates, skip, this.options.random);
    const second = this.draw(first, skip);
    if (second === null) return first;
    const now = this.options.now();
    // Equal ones: the first, whose draw went by weight alone.
    return this.costOf(second, now) < this.costOf(first, now) ? second : first;
  }

  /** One that isn't skipped, and isn't `other`; null: luck has it that there is none. */
  private draw(other: C | null, skip: Skip<C>): C | null {
    const { random } = this.options;
    const single = this.candidates.length === 1;
    for (let tries = single ? 1 : TRIES; tries > 0; tries--) {
      const candidate = this.candidates[this.lots.draw(random())]!;
      if (candidate === other || skip.skips(candidate)) continue;
      const share = this.slowStart.shareOf(candidate);
      if (share === 1 || random() < share) return candidate;
    }
    return null;
  }
}
