import { Ring } from './ring';

/** One resolution of a history. */
export interface HistoryLevel {
  /** Buckets that one of its values spans. */
  readonly span: number;
  /** Means, oldest first; NaN where less than half of the span is known. */
  values(): Float64Array;
  /** Index of the first bucket of the oldest value. */
  readonly firstBucket: number;
}

/** How much is kept at one resolution. */
interface Resolution {
  readonly span: number;
  readonly count: number;
}

/** For buckets of 10 s: three hours, a day of minutes, two weeks of ten minutes. 36 KiB in all. */
const RESOLUTIONS: readonly Resolution[] = [
  { span: 1, count: 1_080 },
  { span: 6, count: 1_440 },
  { span: 60, count: 2_016 },
];

/** Values after which a history is first looked at. */
const FIRST_LOOK = 24;

/** The past load, coarser the further back it goes. */
export class LoadHistory {
  readonly levels: readonly Level[];

  /** @param random from 0 (included) to 1 (excluded) */
  constructor(random: () => number) {
    this.levels = RESOLUTIONS.map((resolution) => new Level(resolution, random));
  }

  /** @param rate NaN when it isn't known */
  push(rate: number): void {
    for (const level of this.levels) level.push(rate);
  }
}

class Level implements HistoryLevel {
  readonly span: number;
  private readonly ring: Ring;
  private buckets = 0;
  private sum = 0;
  private known = 0;
  private completed = 0;
  private lookAt = 0;

  constructor(
    { span, count }: Resolution,
    private readonly random: () => number,
  ) {
    this.span = span;
    this.ring = new Ring(count);
    this.planLook();
  }

  get firstBucket(): number {
    return (this.completed - this.ring.length) * this.span;
  }

  values(): Float64Array {
    return this.ring.toArray();
  }

  /** Whether there is about a tenth more to see than when this was last true. */
  takeLook(): boolean {
    if (this.completed < this.lookAt) return false;
    this.planLook();
    return true;
  }

  push(rate: number): void {
    if (rate === rate) {
      this.sum += rate;
      this.known++;
    }
    if (++this.buckets < this.span) return;
    this.ring.push(this.known * 2 >= this.span ? this.sum / this.known : Number.NaN);
    this.completed++;
    this.buckets = this.sum = this.known = 0;
  }

  /** ± 25 %: a look takes milliseconds, and those of many services must not come together. */
  private planLook(): void {
    const more = Math.max(FIRST_LOOK, this.ring.length / 10);
    this.lookAt = this.completed + Math.round(more * (0.75 + 0.5 * this.random()));
  }
}
