import type { Clock } from '@gateway/clock';
import type { Limiter } from './limiter';

export interface MemoryLimiterOptions {
  readonly clock: Clock;
  /** Keys remembered at once. Default 100,000. */
  readonly maxKeys?: number;
}

export declare function memoryLimiter(options: MemoryLimiterOptions): Limiter;
