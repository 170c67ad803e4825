/**
 * Draws an index with a probability proportional to its weight, in constant time and with one random number: the alias
 * method (A. J. Walker 1977; built as in M. D. Vose, "A linear algorithm for generating random numbers with a given
 * distribution", 1991).
 */
export class WeightedDraw {
  private readonly keep: Float64Array;
  private readonly alias: Uint32Array;

  /** @param weights at least one, all above 0 */
  constructor(weights: readonly number[]) {
    const { length } = weights;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.keep = Float64Array.from(weights, (weight) => (weight / total) * length);
    this.alias = Uint32Array.from(weights, (_, index) => index);
    this.pairUp();
  }

  /** @param random in [0, 1) */
  draw(random: number): number {
    const scaled = random * this.keep.length;
    const index = Math.floor(scaled);
    return scaled - index < this.keep[index]! ? index : this.alias[index]!;
  }

  /** Fills each column that is too low with a part of one that is too high. */
  private pairUp(): void {
    const { keep, alias } = this;
    const low: number[] = [];
    const high: number[] = [];
    keep.forEach((height, index) => (height < 1 ? low : high).push(index));
    while (low.length > 0 && high.length > 0) {
      const [poor, rich] = [low.pop()!, high.pop()!];
      alias[poor] = rich;
      keep[rich] = keep[rich]! + keep[poor]! - 1;
      (keep[rich]! < 1 ? low : high).push(rich);
    }
    // What is left misses 1 by rounding only.
    for (const index of [...low, ...high]) keep[index] = 1;
  }
}
