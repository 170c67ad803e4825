/**
 * What a season adds to the level, by phase. Between slots it is interpolated, so that a day needs a slot for every ten
 * minutes and not one for every bucket: with one each, a single day's noise would be the season.
 */
export class SeasonalProfile {
  /**
   * @param period length of the season in buckets; needn't be whole
   * @param slots the additions: the period is divided into as many equal parts, each slot is the middle of one
   */
  constructor(
    readonly period: number,
    private readonly slots: Float64Array,
  ) {}

  /** The addition at that bucket. */
  at(bucket: number): number {
    const { slot, next, share } = this.locate(bucket);
    return this.slots[slot]! * (1 - share) + this.slots[next]! * share;
  }

  /** Moves the addition at that bucket. The slots beside it share the change; a slot of several buckets learns from each. */
  learn(bucket: number, change: number): void {
    const { slot, next, share } = this.locate(bucket);
    const perBucket = Math.min(1, this.slots.length / this.period) * change;
    this.slots[slot]! += (1 - share) * perBucket;
    this.slots[next]! += share * perBucket;
  }

  /** Makes the additions sum up to 0. @returns their mean, which belongs to the level */
  centre(): number {
    const mean = this.slots.reduce((sum, each) => sum + each, 0) / this.slots.length;
    for (let i = 0; i < this.slots.length; i++) this.slots[i]! -= mean;
    return mean;
  }

  private locate(bucket: number): { slot: number; next: number; share: number } {
    const { length } = this.slots;
    const position = (((bucket + 0.5) % this.period) / this.period) * length - 0.5 + length;
    const slot = Math.floor(position);
    return { slot: slot % length, next: (slot + 1) % length, share: position - slot };
  }
}
