import { plausibleRate } from './load-model';
import { ModelBank } from './model-bank';
import { Ring } from './ring';

/** What is to come. Rates are in calls per second. */
export interface Forecast {
  /** At the horizon. */
  readonly rate: number;
  /** The highest from now to the horizon: what has to be ready until then. */
  readonly peak: number;
  /** What the load stays below with the quantile's probability: the peak and the residuals' upper quantile. */
  readonly upper: number;
  /** Mean absolute scaled error at the horizon; 1 is as good as "it goes on as it is". Null while it is learning. */
  readonly error: number | null;
  /** Which model speaks. */
  readonly model: string;
  /** Length of its season in milliseconds; null without one. */
  readonly seasonMs: number | null;
}

/** How a forecaster divides time. */
export interface ForecasterOptions {
  /** Default 10000. */
  readonly bucketMs?: number;
  /** How far ahead; default 300000. Rounded to whole buckets. */
  readonly horizonMs?: number;
  /** Of the residuals, for `upper`; default 0.95. */
  readonly quantile?: number;
  /** From 0 (included) to 1 (excluded); when seasons are looked for depends on it. Default: always the middle. */
  readonly random?: () => number;
}

/** Residuals that are kept: an hour of 10 s. */
const RESIDUALS = 360;
/** Missing buckets after which what was learnt is forgotten: a day of 10 s. */
const LONGEST_GAP = 8_640;

/**
 * Forecasts the load of one service. Its memory is bounded: some 60 KiB with three seasons. Nothing is kept over a
 * restart. Whatever it is told, it never says anything negative, infinite or NaN.
 */
export class LoadForecaster {
  readonly horizonMs: number;
  private readonly bucketMs: number;
  private readonly steps: number;
  private readonly quantile: number;
  private readonly random: () => number;
  private bank: ModelBank;
  private residuals = new Ring(RESIDUALS);
  private current: Forecast | null = null;
  /** The open bucket: its start, what came and how much of it was watched. */
  private startMs: number | null = null;
  private calls = 0;
  private watchedMs = 0;
  private closed = 0;

  constructor({ bucketMs = 10_000, horizonMs = 300_000, quantile = 0.95, random = () => 0.5 }: ForecasterOptions = {}) {
    this.bucketMs = bucketMs;
    this.steps = Math.max(1, Math.round(horizonMs / bucketMs));
    this.horizonMs = this.steps * bucketMs;
    this.quantile = quantile;
    this.random = random;
    this.bank = this.newBank();
  }

  /**
   * Calls that came evenly in an interval. Intervals must not overlap; time between them is taken as not watched, and an
   * interval of nonsense (a clock that went back, a count that isn't one) is ignored.
   * @param fromMs `Clock.monotonic`
   */
  add(calls: number, fromMs: number, toMs: number): void {
    if (!(calls >= 0 && toMs > fromMs) || !Number.isFinite(calls) || !Number.isFinite(toMs - fromMs)) return;
    if (this.startMs === null) this.startMs = fromMs;
    const begin = Math.max(fromMs, this.startMs);
    if (toMs <= begin) return;
    const longest = LONGEST_GAP * this.bucketMs;
    if (toMs - begin > longest) return this.forget(toMs);
    if (begin - this.startMs > longest) this.forget(begin);
    this.closeUntil(begin);
    this.spread(calls / (toMs - fromMs), begin, toMs);
  }

  /** The same until the next bucket is closed. @returns null while none was */
  forecast(): Forecast | null {
    if (this.closed > 0) this.current ??= this.lookAhead();
    return this.current;
  }

  /** What was forecast a horizon ago for now; null at first. */
  get forecastForNow(): number | null {
    return this.bank.promised();
  }

  private lookAhead(): Forecast {
    const { model, scaledError } = this.bank;
    let peak = 0;
    for (let step = 1; step <= this.steps; step++) peak = Math.max(peak, model.forecast(step));
    return {
      rate: model.forecast(this.steps),
      peak,
      upper: plausibleRate(peak + this.upperResidual()),
      error: scaledError,
      model: model.name,
      seasonMs: model.period === null ? null : model.period * this.bucketMs,
    };
  }

  private upperResidual(): number {
    return this.residuals.length === 0 ? 0 : Math.max(0, quantileOf(this.residuals.toArray(), this.quantile));
  }

  private spread(callsPerMs: number, fromMs: number, toMs: number): void {
    for (let at = fromMs; at < toMs;) {
      this.closeUntil(at);
      const until = Math.min(toMs, this.startMs! + this.bucketMs);
      // Rounding mustn't leave a bucket that never fills.
      if (until <= at) break;
      this.calls += callsPerMs * (until - at);
      this.watchedMs += until - at;
      at = until;
    }
    this.closeUntil(toMs);
  }

  private closeUntil(atMs: number): void {
    while (atMs - this.startMs! >= this.bucketMs) {
      this.close();
      this.startMs! += this.bucketMs;
    }
  }

  /** A bucket that was watched for less than half of its time says nothing. */
  private close(): void {
    const rate =
      this.watchedMs * 2 >= this.bucketMs ? plausibleRate((this.calls / this.watchedMs) * 1_000) : Number.NaN;
    const promised = this.bank.promised();
    if (promised !== null && rate === rate) this.residuals.push(rate - promised);
    this.bank.push(rate);
    this.calls = 0;
    this.watchedMs = 0;
    this.closed++;
    this.current = null;
  }

  private newBank(): ModelBank {
    return new ModelBank(this.steps, this.bucketMs, this.random);
  }

  private forget(nowMs: number): void {
    this.bank = this.newBank();
    this.residuals = new Ring(RESIDUALS);
    this.startMs = nowMs;
    this.calls = this.watchedMs = this.closed = 0;
    this.current = null;
  }
}

/** The smallest value that a share of `quantile` of all doesn't exceed. Sorts `values`. */
export function quantileOf(values: Float64Array, quantile: number): number {
  values.sort();
  return values[Math.min(values.length - 1, Math.max(0, Math.ceil(quantile * values.length) - 1))]!;
}
