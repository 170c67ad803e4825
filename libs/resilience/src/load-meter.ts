import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { LoadSample } from './overload';

/** How often the event loop's delay is measured, in milliseconds. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/** What a meter measures against. */
export interface LoadMeterOptions {
  /** Bytes that the process may hold (resident set); null: only the limit of V8's heap counts. */
  readonly memoryLimitBytes: number | null;
  /** Requests under way. */
  inFlight(): number;
}

/** Measures this process. */
export class LoadMeter {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly heapLimit = getHeapStatistics().heap_size_limit;
  private count = 0;
  private sumMs = 0;

  constructor(private readonly options: LoadMeterOptions) {
    this.delays.enable();
  }

  /** What is used now; the event loop's delay is the average since the last call. */
  sample(): LoadSample {
    const { memoryLimitBytes, inFlight } = this.options;
    const { rss, heapUsed } = process.memoryUsage();
    const resident = memoryLimitBytes === null ? 0 : rss / memoryLimitBytes;
    return {
      eventLoopDelayMs: this.delayMs(),
      memory: Math.max(resident, heapUsed / this.heapLimit),
      inFlight: inFlight(),
    };
  }

  close(): void {
    this.delays.disable();
  }

  /**
   * From sums, for the histogram must not be reset: it loses the interval in which that happens, and of an event loop that
   * comes round as seldom as it is asked it would see nothing.
   */
  private delayMs(): number {
    const { count } = this.delays;
    const fresh = count - this.count;
    if (fresh === 0) return 0;
    const sumMs = (this.delays.mean * count) / NS_PER_MS;
    const interval = (sumMs - this.sumMs) / fresh;
    this.count = count;
    this.sumMs = sumMs;
    return Math.max(0, interval - RESOLUTION_MS);
  }
}
