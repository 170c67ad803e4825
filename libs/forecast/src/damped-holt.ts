import { type LoadModel, plausibleRate } from './load-model';

/** How fast a damped Holt model learns; all from 0 to 1. */
export interface HoltWeights {
  /** α: how much of an error the level takes. */
  readonly level: number;
  /** β: how much of a change of the level the trend takes. 0: there is no trend (simple exponential smoothing). */
  readonly trend: number;
  /** φ: what is left of the trend after a bucket; below 1, so that a trend doesn't go on for ever. */
  readonly damping: number;
}

/**
 * Holt's linear method (1957) with Gardner and McKenzie's damped trend (1985), in the error-correction form of
 * Hyndman et al. (2008): `l' = l + φb + αe`, `b' = φb + αβe`, and `ŷ(h) = l + (φ + … + φ^h) b`.
 */
export class DampedHolt implements LoadModel {
  readonly period = null;
  private level: number | null = null;
  private trend = 0;

  constructor(
    readonly name: string,
    private readonly weights: HoltWeights,
  ) {}

  observe(rate: number): void {
    if (this.level === null) {
      this.level = rate;
      return;
    }
    const { level: alpha, trend: beta, damping } = this.weights;
    const expected = this.level + damping * this.trend;
    const error = rate - expected;
    this.level = expected + alpha * error;
    this.trend = damping * this.trend + alpha * beta * error;
  }

  /** The trend goes on, damped, as if it had been right. */
  skip(): void {
    if (this.level === null) return;
    this.trend *= this.weights.damping;
    this.level = plausibleRate(this.level + this.trend);
  }

  forecast(steps: number): number {
    return plausibleRate((this.level ?? 0) + dampedSum(this.weights.damping, steps) * this.trend);
  }
}

/** φ + φ² + … + φ^steps. */
export const dampedSum = (damping: number, steps: number): number => (damping * (1 - damping ** steps)) / (1 - damping);
