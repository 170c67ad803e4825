import type { ConcurrencyLimit } from './concurrency-limit';

/** How a limit follows latency. */
export interface GradientOptions {
  /** Where it starts. Default 20. */
  readonly initial?: number;
  /** The least that it becomes. Default 4. */
  readonly min?: number;
  /** The most that it becomes. */
  readonly max: number;
}

/** How much slower than usual calls may be before the limit falls. */
const TOLERANCE = 1.5;
/** Calls that may queue at the instance: room to find out whether there is room. */
const QUEUE = 4;
/** The share of a new estimate in the limit. */
const SMOOTHING = 0.2;
/** Updates over which the usual latency is averaged. */
const LONG_WINDOW = 600;
/** An update takes that long, in milliseconds … */
const WINDOW_MS = 1_000;
/** … and has at least so many samples. */
const WINDOW_SAMPLES = 10;
/** The usual latency falls by that when it has become twice the present one: the instance got quicker. */
const DRIFT = 0.95;

/**
 * A limit that follows the latency of the calls: the Gradient2 algorithm of Netflix's concurrency-limits (Eran Landau et al.,
 * Performance Under Load, 2018; `Gradient2Limit` with `WindowedLimit`). When calls take longer than usual they queue
 * somewhere, so fewer may run; when they don't, a few more may. It has no timer: an update is made by the release that ends
 * its window.
 */
export class GradientLimit implements ConcurrencyLimit {
  inFlight = 0;
  private estimate: number;
  private readonly min: number;
  private longMs = 0;
  private updates = 0;
  private windowEnd = 0;
  private samples = 0;
  private sumMs = 0;
  private busiest = 0;

  constructor(private readonly options: GradientOptions) {
    const { initial = 20, min = 4, max } = options;
    this.min = Math.min(min, max);
    this.estimate = Math.min(initial, max);
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.estimate));
  }

  tryAcquire(): boolean {
    if (this.inFlight >= this.limit) return false;
    this.inFlight++;
    if (this.inFlight > this.busiest) this.busiest = this.inFlight;
    return true;
  }

  release(latencyMs: number | null, now: number): void {
    this.inFlight--;
    if (latencyMs === null) return;
    if (this.samples === 0) this.windowEnd = now + WINDOW_MS;
    this.samples++;
    this.sumMs += latencyMs;
    if (now >= this.windowEnd && this.samples >= WINDOW_SAMPLES) this.update(this.sumMs / this.samples);
  }

  private update(shortMs: number): void {
    const { busiest } = this;
    this.samples = this.sumMs = 0;
    this.busiest = this.inFlight;
    this.average(shortMs);
    // Calls that came one by one don't show what the instance can take.
    if (busiest < this.estimate / 2) return;
    const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * this.longMs) / Math.max(shortMs, Number.MIN_VALUE)));
    const wanted = this.estimate * gradient + QUEUE;
    const smoothed = this.estimate * (1 - SMOOTHING) + wanted * SMOOTHING;
    this.estimate = Math.max(this.min, Math.min(this.options.max, smoothed));
  }

  /** The usual latency: the mean of the first updates, then an exponential average. */
  private average(shortMs: number): void {
    this.updates++;
    const weight = Math.max(1 / this.updates, 2 / (LONG_WINDOW + 1));
    this.longMs += (shortMs - this.longMs) * weight;
    if (this.longMs > 2 * shortMs) this.longMs *= DRIFT;
  }
}
