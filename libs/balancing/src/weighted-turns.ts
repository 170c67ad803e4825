import type { Candidate } from './candidate';
import { anyOf, type Chooser, type ChooserOptions, type Skip, TRIES } from './chooser';
import { SlowStart } from './slow-start';

/**
 * Weighted round robin, smooth: the turns of a heavy candidate are spread among those of the others. Each has a time at
 * which its next turn is due, 1/weight after its last; a heap tells who is first (earliest deadline first, as Envoy does).
 */
export class WeightedTurns<C extends Candidate> implements Chooser<C> {
  /** A binary heap: due[0] is the earliest, order[0] whose it is. */
  private readonly order: C[];
  private readonly due: Float64Array;
  private readonly slowStart: SlowStart;

  /** @param candidates at least one */
  constructor(
    private readonly candidates: readonly C[],
    private readonly options: ChooserOptions,
  ) {
    // Anywhere in their first turn: gateways that start together must not all begin with the same candidate.
    const first = candidates.map((candidate) => ({ candidate, at: options.random() / candidate.weight }));
    first.sort((a, b) => a.at - b.at);
    this.order = first.map(({ candidate }) => candidate);
    this.due = Float64Array.from(first, ({ at }) => at);
    this.slowStart = new SlowStart(candidates, options.slowStartMs, options.now);
  }

  choose(_hash: number, skip: Skip<C>): C | null {
    for (let tries = TRIES; tries > 0; tries--) {
      const candidate = this.takeTurn();
      // Whoever is skipped has had its turn: it mustn't get all of them when it is back.
      if (!skip.skips(candidate)) return candidate;
    }
    return anyOf(this.candidates, skip, this.options.random);
  }

  private takeTurn(): C {
    const candidate = this.order[0]!;
    this.sink(candidate, this.due[0]! + 1 / (candidate.weight * this.slowStart.shareOf(candidate)));
    return candidate;
  }

  /** Puts the first one back where its next turn belongs. */
  private sink(candidate: C, at: number): void {
    const { order, due } = this;
    let hole = 0;
    for (let child = this.earlierChild(0); child !== 0 && due[child]! < at; child = this.earlierChild(hole)) {
      order[hole] = order[child]!;
      due[hole] = due[child]!;
      hole = child;
    }
    order[hole] = candidate;
    due[hole] = at;
  }

  /** 0: it has none. */
  private earlierChild(index: number): number {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    if (left >= this.due.length) return 0;
    return right < this.due.length && this.due[right]! < this.due[left]! ? right : left;
  }
}
