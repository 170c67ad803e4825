import type { Clock } from '@gateway/clock';

export interface StoreGuardOptions {
  readonly clock: Clock;
  /** Longest wait for one call, in ms. Default 20. */
  readonly budgetMs?: number;
  /** How long calls are refused at once after a failure, in ms. Default 500. */
  readonly openMs?: number;
}

/** Keeps a store that fails or is slow out of the way of requests. */
export interface StoreGuard {
  /**
   * Runs a call on the store within the budget. After a failure calls are refused at once for a while, then one is let
   * through to try; its success closes the guard again.
   * @throws RedisUnavailableError when refused or too slow; else what the call threw
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** False: `run` would refuse. */
  available(): boolean;
}

export declare function storeGuard(options: StoreGuardOptions): StoreGuard;
