import type { LoadModel } from './load-model';
import { Ring } from './ring';

/** Half of what is remembered of errors is from the last so many buckets: an hour of 10 s. */
const HALF_LIFE = 360;
const KEEP = 0.5 ** (1 / HALF_LIFE);

/**
 * Holds a model to what it said: each bucket's rate is compared with what the model forecast a horizon before, and with
 * what the naive forecast was. Errors are discounted, so that the last hour counts most.
 */
export class HorizonRecord {
  private readonly pending: Ring;
  private error = 0;
  private naiveError = 0;
  /** Forecasts that were compared. */
  evaluated = 0;

  /** @param steps the horizon in buckets */
  constructor(
    readonly model: LoadModel,
    private readonly steps: number,
  ) {
    this.pending = new Ring(steps);
  }

  /** @param naive the rate a horizon ago; NaN when it isn't known */
  observe(rate: number, naive: number): void {
    const promised = this.promised();
    if (promised !== null && naive === naive) {
      this.error = this.error * KEEP + difference(rate, promised);
      this.naiveError = this.naiveError * KEEP + difference(rate, naive);
      this.evaluated++;
    }
    this.model.observe(rate);
    this.pending.push(this.model.forecast(this.steps));
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

  /**
   * Mean absolute scaled error at the horizon (Hyndman and Koehler 2006): the model's error divided by that of the naive
   * forecast, "it goes on as it is", for the same buckets. 0 is perfect, 1 as good as the naive one.
   */
  get scaledError(): number {
    if (this.error === 0) return 0;
    // Right where the naive forecast was perfect is as good as it gets; wrong there is as bad.
    return this.naiveError === 0 ? WORST : Math.min(WORST, this.error / this.naiveError);
  }
}

/** Differences that small, of the rates, come from calculating: a constant load must not be judged by them. */
const ROUNDING = 1e-9;

function difference(a: number, b: number): number {
  const distance = Math.abs(a - b);
  return distance <= ROUNDING * Math.max(a, b) ? 0 : distance;
}

/** As bad as needs to be told. */
const WORST = 1_000;
