import { dampedSum, type HoltWeights } from './damped-holt';
import { type LoadModel, MAX_RATE, plausibleRate } from './load-model';
import type { SeasonalProfile } from './seasonal-profile';

/** How fast a seasonal model learns. */
export interface HoltWintersWeights extends HoltWeights {
  /** γ: how much of an error the season takes, 0 to 1 - α. */
  readonly season: number;
}

/** Where a model begins. */
export interface SeasonStart {
  readonly profile: SeasonalProfile;
  readonly level: number;
  /** Index of the first bucket that it will be told of; phases count from bucket 0. */
  readonly bucket: number;
}

/**
 * Winters' additive seasonal method (1960) with a damped trend, in error-correction form: with `e = y - (l + φb + s)`,
 * `l' = l + φb + αe`, `b' = φb + αβe`, `s' = s + γe`, and `ŷ(h) = l + (φ + … + φ^h) b + s(t + h)`.
 *
 * Additive, since load goes to 0 at night and a ratio to 0 means nothing.
 */
export class SeasonalHoltWinters implements LoadModel {
  readonly period: number;
  private readonly profile: SeasonalProfile;
  private level: number;
  private trend = 0;
  private bucket: number;
  private season: number;

  constructor(
    readonly name: string,
    private readonly weights: HoltWintersWeights,
    { profile, level, bucket }: SeasonStart,
  ) {
    this.period = profile.period;
    this.profile = profile;
    this.level = level;
    this.bucket = bucket;
    this.season = this.seasonOf(bucket);
  }

  observe(rate: number): void {
    const { level: alpha, trend: beta, damping, season: gamma } = this.weights;
    const expected = this.level + damping * this.trend;
    const error = rate - expected - this.profile.at(this.bucket);
    this.level = within(expected + alpha * error);
    this.trend = within(damping * this.trend + alpha * beta * error);
    this.profile.learn(this.bucket, gamma * error);
    this.advance();
  }

  skip(): void {
    this.trend *= this.weights.damping;
    this.level = within(this.level + this.trend);
    this.advance();
  }

  forecast(steps: number): number {
    const trend = dampedSum(this.weights.damping, steps) * this.trend;
    return plausibleRate(this.level + trend + this.profile.at(this.bucket + steps - 1));
  }

  /** Once a season what its additions have in common goes to the level, else the two would drift apart. */
  private advance(): void {
    this.bucket++;
    const season = this.seasonOf(this.bucket);
    if (season === this.season) return;
    this.season = season;
    this.level = within(this.level + this.profile.centre());
  }

  private seasonOf(bucket: number): number {
    return Math.floor(bucket / this.period);
  }
}

const within = (value: number): number => Math.max(-MAX_RATE, Math.min(MAX_RATE, value));
