import type { CompiledRule } from './rule';

/** What a limiter answers for one rule and key. */
export interface Decision {
  /** False: the call is over the rule (or, with `store: 'none'`, couldn't be checked). */
  readonly allowed: boolean;
  /** The rule's `requests`. */
  readonly limit: number;
  /** What is left in the current window after this call. */
  readonly remaining: number;
  /** Whole seconds until all of `limit` is free again, if nothing else is taken. */
  readonly resetSeconds: number;
  /** Whole seconds until the same call may succeed; 0 when allowed. */
  readonly retryAfterSeconds: number;
  /** Who counted: the shared store, this process alone, or nobody (the store is down and the rule says allow or deny). */
  readonly store: 'shared' | 'local' | 'none';
}

/** One rule to check for a call. */
export interface LimitCheck {
  readonly rule: CompiledRule;
  /** Who is counted, such as a user's id. Any string. */
  readonly key: string;
  /** What the call takes. A whole number, at least 0; 0 only looks. */
  readonly cost: number;
}

/** What a limiter answers for a call. */
export interface Outcome {
  /**
   * True unless a rule that isn't a shadow refuses. When allowed, every rule that has room was charged; when not,
   * nothing was charged: a refused call doesn't use up another rule.
   */
  readonly allowed: boolean;
  /** One per check, in the same order. */
  readonly decisions: readonly Decision[];
}

/**
 * Decides whether calls may happen now, and counts those that may. Never above a rule in any window of its length, by
 * the clock of the store that counts.
 */
export interface Limiter {
  /**
   * Checks one rule.
   * @throws the store's error when it can't be asked (a FailoverLimiter never throws)
   */
  take(key: string, rule: CompiledRule, cost: number): Decision | Promise<Decision>;
  /**
   * Checks several rules at once. No two checks may have the same rule and key.
   * @throws as `take`
   */
  takeAll(checks: readonly LimitCheck[]): Outcome | Promise<Outcome>;
}

/** What is known of a rule and key after a check, in the store's own numbers. */
export interface Usage {
  /** What counts in the window now. */
  readonly used: number;
  /** Milliseconds until the call's cost fits: 0 now, Infinity never. */
  readonly waitMs: number;
  /** Milliseconds until nothing counts any more. */
  readonly drainMs: number;
}

/** Puts a usage in a client's terms. */
export function decisionOf(rule: CompiledRule, { used, waitMs, drainMs }: Usage, store: Decision['store']): Decision {
  return {
    allowed: waitMs === 0,
    limit: rule.requests,
    remaining: Math.max(0, rule.requests - used),
    resetSeconds: Math.ceil(drainMs / 1000),
    // A call that costs more than the rule never fits; a window is the longest time that makes sense to name.
    retryAfterSeconds: Math.ceil(Math.min(waitMs, rule.windowMs) / 1000),
    store,
  };
}

/** Whether a call may happen that has to wait so long for each of its rules. */
export const isAllowed = (checks: readonly LimitCheck[], usages: readonly Pick<Usage, 'waitMs'>[]): boolean =>
  checks.every(({ rule }, i) => rule.shadow || usages[i]!.waitMs === 0);
