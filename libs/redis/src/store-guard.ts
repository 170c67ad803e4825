import type { Clock } from '@gateway/clock';
import { withinBudget } from './budget';
import { RedisReplyError, RedisUnavailableError } from './errors';

export interface StoreGuardOptions {
  readonly clock: Clock;
  /** Longest wait for one call, in ms. Default 20: what a failing store may add to a request. */
  readonly budgetMs?: number;
  /**
   * Longest wait while the store has given no cause for doubt, in ms. Default `budgetMs`. Longer where a wrong guess
   * costs more than a wait: it is paid once, then the store is suspect.
   */
  readonly patienceMs?: number;
  /** How long calls are refused at once after a failure, in ms. Default 100. */
  readonly openMs?: number;
}

/** Keeps a store that fails or is slow out of the way of requests. */
export interface StoreGuard {
  /**
   * Runs a call on the store within the budget. After a failure calls are refused at once for a while, then one is let
   * through to try; its success closes the guard again. A reply that refuses only this call isn't a failure.
   * @throws RedisUnavailableError when refused or too slow; else what the call threw
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** False: `run` would refuse. */
  available(): boolean;
}

const BUDGET_MS = 20;
/** Short, because what is decided without the store meanwhile isn't seen by others; one request per trial pays the budget. */
const OPEN_MS = 100;

/** Makes a guard, to be shared by all calls on one store. */
export function storeGuard({
  clock,
  budgetMs = BUDGET_MS,
  patienceMs = budgetMs,
  openMs = OPEN_MS,
}: StoreGuardOptions): StoreGuard {
  let openUntil = -Infinity;
  /** After a failure, until a trial succeeds. */
  let suspect = false;
  let trying = false;

  const available = () => !suspect || (!trying && clock.monotonic() >= openUntil);
  const failed = () => {
    suspect = true;
    openUntil = clock.monotonic() + openMs;
  };

  return {
    available,
    async run(call) {
      if (!available()) throw new RedisUnavailableError('The store has just failed');
      const trial = suspect;
      trying ||= trial;
      try {
        const result = await withinBudget(clock, trial ? budgetMs : patienceMs, call);
        if (trial) suspect = false;
        return result;
      } catch (error) {
        if (isFailure(error)) failed();
        else if (trial) suspect = false;
        throw error;
      } finally {
        if (trial) trying = false;
      }
    },
  };
}

const isFailure = (error: unknown): boolean => !(error instanceof RedisReplyError) || error.refusesWrites;
