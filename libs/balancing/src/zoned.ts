import type { Candidate } from './candidate';
import type { Chooser, Skip } from './chooser';
import { zoneShares } from './zone-shares';

/** The candidates of a zone, and the share of calls that they get. */
interface ZonePart<C extends Candidate> {
  readonly share: number;
  readonly chooser: Chooser<C>;
}

/** Sends each zone its share of the calls; to any other when all of the zone are skipped. */
class Zoned<C extends Candidate> implements Chooser<C> {
  constructor(
    private readonly parts: readonly ZonePart<C>[],
    private readonly random: () => number,
  ) {}

  choose(hash: number, skip: Skip<C>): C | null {
    const first = this.drawPart();
    const chosen = first.chooser.choose(hash, skip);
    if (chosen !== null) return chosen;
    for (const { chooser } of this.parts) {
      const other = chooser.choose(hash, skip);
      if (other !== null) return other;
    }
    return null;
  }

  private drawPart(): ZonePart<C> {
    const [only] = this.parts;
    if (only!.share === 1) return only!;
    let left = this.random();
    for (const part of this.parts) {
      left -= part.share;
      if (left < 0) return part;
    }
    // The shares missed 1 by rounding.
    return only!;
  }
}

/**
 * A chooser that prefers the gateway's own zone.
 * @param usable at least one
 * @param chooserOf makes the chooser of some of them
 */
export function preferZone<C extends Candidate>(
  own: string,
  usable: readonly C[],
  chooserOf: (some: readonly C[]) => Chooser<C>,
  random: () => number,
): Chooser<C> {
  const byZone = Map.groupBy(usable, ({ zone }) => zone);
  const capacity = new Map([...byZone].map(([zone, some]) => [zone, weightOf(some)]));
  const shares = zoneShares(own, capacity);
  if (shares === null) return chooserOf(usable);
  const zones = [...byZone].map(([zone, some]) => ({ share: shares.get(zone) ?? 0, chooser: chooserOf(some) }));
  // The greatest share is found first.
  return new Zoned(
    zones.toSorted((a, b) => b.share - a.share),
    random,
  );
}

const weightOf = (some: readonly Candidate[]): number => some.reduce((sum, { weight }) => sum + weight, 0);
