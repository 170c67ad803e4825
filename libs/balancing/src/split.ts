import type { Candidate } from './candidate';
import { type Chooser, NO_KEY, type Skip } from './chooser';
import { mix, rehash, unitOf } from './hash';
import type { SplitSides } from './split-sides';

/** How often a key looks for another side when its own has nobody. */
const SIDE_TRIES = 8;
/** Keeps the side independent of the place that a consistent hash gives the same key. */
const SIDE_SEED = 0x51de;

/** Splits calls by version. A side without a usable candidate passes its keys on to the others. */
export class Split<C extends Candidate> {
  /** @param choosers by side, of those that have a usable candidate */
  constructor(
    private readonly sides: SplitSides,
    private readonly choosers: ReadonlyMap<string, Chooser<C>>,
    private readonly random: () => number,
  ) {}

  /** @param sticky hash of what keeps a caller on its side. @param hash of the key that the call is balanced by */
  choose(sticky: number, hash: number, skip: Skip<C>): C | null {
    const own = this.chooserOf(sticky);
    const chosen = own?.choose(hash, skip) ?? null;
    if (chosen !== null) return chosen;
    for (const chooser of this.choosers.values()) {
      const other = chooser === own ? null : chooser.choose(hash, skip);
      if (other !== null) return other;
    }
    return null;
  }

  private chooserOf(sticky: number): Chooser<C> | undefined {
    let at = sticky === NO_KEY ? Math.floor(this.random() * 0x1_0000_0000) : mix(sticky ^ SIDE_SEED);
    for (let tries = SIDE_TRIES; tries > 0; tries--, at = rehash(at)) {
      const chooser = this.choosers.get(this.sides.sideAt(unitOf(at)));
      if (chooser !== undefined) return chooser;
    }
    return undefined;
  }
}
