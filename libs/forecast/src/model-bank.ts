import { DampedHolt } from './damped-holt';
import { HorizonRecord } from './horizon-record';
import { LoadHistory, type HistoryLevel } from './load-history';
import type { LoadModel } from './load-model';
import { Ring } from './ring';
import { SeasonalHoltWinters } from './seasonal-holt-winters';
import { seasonStart } from './season-start';
import { findSeason } from './seasonality';

/** A model is judged when so many of its forecasts came due: ten minutes of 10 s. */
const LEAST_EVALUATED = 60;
/** A season's model when a whole season did, or an hour of it. */
const MOST_EVALUATED = 360;
const SEASON_WEIGHTS = { level: 0.08, trend: 0.02, damping: 0.98, season: 0.15 };
/** Lengths that people's and machines' days have, in seconds: a period within 2 % of one is that one. */
const CLOCK_SECONDS = [300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 604_800];
const CLOCK_TOLERANCE = 0.02;

/**
 * Several models that learn side by side; the one whose forecasts proved best speaks. One set of weights can't fit both a
 * quiet service and one that jumps, and a season that was found may be chance: the record decides, at the horizon itself.
 */
export class ModelBank {
  private readonly history: LoadHistory;
  /** The rates of the last horizon: what the naive forecast says. */
  private readonly recent: Ring;
  private readonly plain: readonly HorizonRecord[];
  /** By resolution of the history. */
  private readonly seasonal = new Map<HistoryLevel, HorizonRecord>();
  private bucket = 0;
  private chosen: HorizonRecord;

  /**
   * @param steps the horizon in buckets
   * @param bucketMs a bucket's length
   * @param random from 0 (included) to 1 (excluded)
   */
  constructor(
    private readonly steps: number,
    private readonly bucketMs: number,
    random: () => number,
  ) {
    this.history = new LoadHistory(random);
    this.recent = new Ring(steps);
    this.plain = [
      this.record(new DampedHolt('level', { level: 0.15, trend: 0, damping: 0.9 })),
      this.record(new DampedHolt('slow trend', { level: 0.1, trend: 0.05, damping: 0.98 })),
      this.record(new DampedHolt('trend', { level: 0.3, trend: 0.1, damping: 0.97 })),
    ];
    this.chosen = this.plain[0]!;
  }

  /** The model that speaks. */
  get model(): LoadModel {
    return this.chosen.model;
  }

  /** What is forecast for the next bucket, as it was said a horizon ago by the model that speaks now; null at first. */
  promised(): number | null {
    return this.chosen.promised();
  }

  /** The next bucket's rate; NaN when it isn't known. */
  push(rate: number): void {
    const naive = this.recent.length < this.steps ? Number.NaN : this.recent.latest(this.steps - 1);
    for (const record of [...this.plain, ...this.seasonal.values()]) {
      if (rate === rate) record.observe(rate, naive);
      else record.skip();
    }
    this.recent.push(rate);
    this.history.push(rate);
    this.bucket++;
    for (const level of this.history.levels) if (level.takeLook()) this.look(level);
    this.chosen = this.best();
  }

  /** Mean absolute scaled error at the horizon: 0 is perfect, 1 as good as the naive forecast. Null while it is learning. */
  get scaledError(): number | null {
    return isJudged(this.chosen) ? this.chosen.scaledError : null;
  }

  private record(model: LoadModel): HorizonRecord {
    return new HorizonRecord(model, this.steps);
  }

  private best(): HorizonRecord {
    const judged = [...this.plain, ...this.seasonal.values()].filter(isJudged);
    const first = judged[0] ?? this.plain[0]!;
    return judged.reduce((best, each) => (each.scaledError < best.scaledError ? each : best), first);
  }

  /** Begins a season's model anew, unless the one that there is speaks or wasn't yet judged over a season. */
  private look(level: HistoryLevel): void {
    const current = this.seasonal.get(level);
    if (current !== undefined && (current === this.chosen || current.evaluated < current.model.period!)) return;
    const found = findSeason(level.values());
    if (found === null) return;
    const period = this.onTheClock(found.period * level.span);
    const name = `season ${Math.round((period * this.bucketMs) / 1_000)} s`;
    const model = new SeasonalHoltWinters(name, SEASON_WEIGHTS, seasonStart(level, period, this.bucket));
    this.seasonal.set(level, this.record(model));
  }

  private onTheClock(period: number): number {
    const seconds = (period * this.bucketMs) / 1_000;
    const near = CLOCK_SECONDS.find((each) => Math.abs(each - seconds) <= CLOCK_TOLERANCE * each);
    return near === undefined ? period : (near * 1_000) / this.bucketMs;
  }
}

function isJudged({ model, evaluated }: HorizonRecord): boolean {
  const season = Math.min(model.period ?? 0, MOST_EVALUATED);
  return evaluated >= Math.max(LEAST_EVALUATED, season);
}
