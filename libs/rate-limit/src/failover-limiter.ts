import type { Clock } from '@gateway/clock';
import { storeGuard, type StoreGuard } from '@gateway/redis';
import { type Decision, type LimitCheck, type Limiter, type Outcome } from './limiter';
import type { MemoryLimiter } from './memory-limiter';
import type { CompiledRule } from './rule';

export interface FailoverLimiterOptions {
  readonly shared: Limiter;
  readonly local: MemoryLimiter;
  readonly clock: Clock;
  /** Longest wait for a shared store that has failed and is tried again, in ms. Default 20. */
  readonly budgetMs?: number;
  /** Longest wait for a shared store that has answered so far, in ms. Default 250. */
  readonly patienceMs?: number;
}

/**
 * A machine that is short of CPU for a moment must not make every edge count for itself: together they would let more
 * through than the rule. A store that hangs costs this once; then it is suspect, and costs nothing but the trials.
 */
const PATIENCE_MS = 250;

/** Seconds after which a call that couldn't be checked may be tried again. */
const UNCHECKED_RETRY_SECONDS = 1;

/**
 * Counts in the shared store, and as each rule says when that fails or is slow.
 *
 * The local limiter knows what this process has let through, so no process ever lets more than the rule through by
 * itself, whatever happens to the store; and a key that this process has used up is refused without asking.
 */
class FailoverLimiter implements Limiter {
  private readonly shared: Limiter;
  private readonly local: MemoryLimiter;
  private readonly guard: StoreGuard;

  constructor({ shared, local, clock, budgetMs, patienceMs = PATIENCE_MS }: FailoverLimiterOptions) {
    this.shared = shared;
    this.local = local;
    this.guard = storeGuard({ clock, budgetMs, patienceMs });
  }

  take(key: string, rule: CompiledRule, cost: number): Decision | Promise<Decision> {
    const outcome = this.takeAll([{ key, rule, cost }]);
    return outcome instanceof Promise ? outcome.then(({ decisions }) => decisions[0]!) : outcome.decisions[0]!;
  }

  takeAll(checks: readonly LimitCheck[]): Outcome | Promise<Outcome> {
    return this.local.refusalOf(checks) ?? (this.guard.available() ? this.askShared(checks) : this.decideAlone(checks));
  }

  private async askShared(checks: readonly LimitCheck[]): Promise<Outcome> {
    try {
      const outcome = await this.guard.run(async () => this.shared.takeAll(checks));
      this.local.remember(checks, outcome);
      return outcome;
    } catch {
      // The store's health is told by its client; here it only means to decide without it.
      return this.decideAlone(checks);
    }
  }

  private decideAlone(checks: readonly LimitCheck[]): Outcome {
    const counted = checks.filter(({ rule }) => rule.onStoreDown === 'local');
    const refused = checks.some(({ rule }) => rule.onStoreDown === 'deny' && !rule.shadow);
    // A call that is refused anyway charges nothing.
    const local = this.local.takeAll(refused ? counted.map((check) => ({ ...check, cost: 0 })) : counted);
    const decisions = checks.map((check) => {
      const place = counted.indexOf(check);
      return place >= 0 ? local.decisions[place]! : unchecked(check.rule);
    });
    return { allowed: local.allowed && !refused, decisions };
  }
}

/** A limiter that goes on when its shared store doesn't. */
export function failoverLimiter(options: FailoverLimiterOptions): Limiter {
  return new FailoverLimiter(options);
}

function unchecked({ requests, onStoreDown }: CompiledRule): Decision {
  const allowed = onStoreDown === 'allow';
  return {
    allowed,
    limit: requests,
    remaining: allowed ? requests : 0,
    resetSeconds: 0,
    retryAfterSeconds: allowed ? 0 : UNCHECKED_RETRY_SECONDS,
    store: 'none',
  };
}
