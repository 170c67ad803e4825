import type { SplitShare } from './policy';

/** The side of the versions that aren't named; no version is called so. */
const REST = '\0rest';

/** A part of [0, 1) and whose it is. */
interface Span {
  readonly side: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts [0, 1) into the sides of a split. The named sides grow from both ends, the rest is in the middle. So when the share
 * of a side grows at the cost of the rest, exactly the points that it gains move; with more than two named sides those
 * behind it at the same end move along by as much.
 */
export class SplitSides {
  private readonly named: readonly Span[];
  private readonly rest: number;

  /** @param splits versions once each; what exceeds 100 percent together is cut off */
  constructor(splits: readonly SplitShare[]) {
    let [bottom, top] = [0, 1];
    this.named = splits.map(({ version, percent }, index): Span => {
      const size = Math.min(percent / 100, top - bottom);
      const from = index % 2 === 0 ? bottom : top - size;
      if (index % 2 === 0) bottom += size;
      else top -= size;
      return { side: version, from, to: from + size };
    });
    // Rounding must leave no sliver to versions that have no share.
    const isUsedUp = splits.reduce((sum, { percent }) => sum + percent, 0) >= 100;
    this.rest = isUsedUp ? 0 : top - bottom;
  }

  /** The side of a version's instances. */
  sideOfVersion(version: string): string {
    return this.named.some(({ side }) => side === version) ? version : REST;
  }

  /** The share of a side, 0 to 1. */
  sizeOf(side: string): number {
    const span = this.named.find((each) => each.side === side);
    return span === undefined ? this.rest : span.to - span.from;
  }

  /** The side of a point. */
  sideAt(point: number): string {
    for (const { side, from, to } of this.named) if (point >= from && point < to) return side;
    return REST;
  }
}
