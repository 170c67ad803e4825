import type { Clock } from '@gateway/clock';
import type { Limiter } from './limiter';

export interface FailoverLimiterOptions {
  readonly shared: Limiter;
  readonly local: Limiter;
  readonly clock: Clock;
  /** Longest wait for the shared store, in ms. Default 20. */
  readonly budgetMs?: number;
}

export declare function failoverLimiter(options: FailoverLimiterOptions): Limiter;
