import { type LoadModel, MAX_RATE } from './load-model';
import { Ring } from './ring';

/**
 * Holds a model to what it said: each bucket's rate is compared with what the model forecast a horizon before. Errors are
 * discounted, so that the last hour counts most.
 */
export class HorizonRecord {
  private readonly pending: Ring;
  private weight = 0;
  private error = 0;
  /** Forecasts that were compared. */
  evaluated = 0;

  /**
   * @param steps the horizon in buckets
   * @param keep what is left of an error's weight after a bucket, below 1
   */
  constructor(
    readonly model: LoadModel,
    private readonly steps: number,
    private readonly keep: number,
  ) {
    this.pending = new Ring(steps);
  }

  /** @returns what was forecast for this bucket a horizon ago; null when nothing was */
  observe(rate: number): number | null {
    const promised = this.promised();
    if (promised !== null) {
      this.error = this.error * this.keep + Math.abs(rate - promised);
      this.weight = this.weight * this.keep + 1;
      this.evaluated++;
    }
    this.model.observe(rate);
    this.pending.push(this.model.forecast(this.steps));
    return promised;
  }

  /** The bucket's rate isn't known: nothing to compare with. */
  skip(): void {
    this.model.skip();
    this.pending.push(this.model.forecast(this.steps));
  }

  /** The forecast for the bucket that comes next, made a horizon ago; null when none was. */
  promised(): number | null {
    return this.pending.length < this.steps ? null : this.pending.latest(this.steps - 1);
  }

  /** Mean absolute error at the horizon, in calls per second; more than any load before one was compared. */
  get meanError(): number {
    return this.weight === 0 ? MAX_RATE : this.error / this.weight;
  }
}
