/** What to do when the shared store can't be asked: count in this process, let pass, or refuse. */
export type OnStoreDown = 'local' | 'allow' | 'deny';

/** One limit on how often something may happen under one key. */
export interface LimitRule {
  /** Shown in headers and errors. Unique within its scope; printable ASCII. */
  readonly name: string;
  /** Ceiling in any sliding window of length `windowMs`. At least 1. */
  readonly requests: number;
  /** 1,000 to 86,400,000. */
  readonly windowMs: number;
  /** Ceiling within any one second. 0: none beyond `requests`. */
  readonly burst: number;
  readonly onStoreDown: OnStoreDown;
  /** Counts and reports, never refuses. Default false. */
  readonly shadow?: boolean;
}

/** A rule with everything prepared that doesn't depend on the key. Made by compileRule, once per route. */
export interface CompiledRule extends LimitRule {
  /** Names the rule in the store: the same scope and rule have the same id in every process. */
  readonly id: string;
  /** `"<name>";q=<requests>;w=<seconds>`, an item of RateLimit-Policy. */
  readonly policyItem: string;
  /** The rule's name as a structured string, the start of an item of RateLimit. */
  readonly quotedName: string;
  readonly shadow: boolean;
  /** How `windowMs` is divided. */
  readonly window: WindowShape;
  /** How the burst's second is divided; null: no burst ceiling. */
  readonly burstWindow: WindowShape | null;
}

/** A sliding window in buckets. A bucket counts until its end has left the window. */
export interface WindowShape {
  /** Ceiling in any window of `lengthMs`. */
  readonly limit: number;
  readonly lengthMs: number;
  readonly bucketMs: number;
}

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

/** What a limiter answers for a call: all rules allow it and all were charged, or nothing was charged. */
export interface Outcome {
  /** True unless a rule that isn't a shadow refuses. */
  readonly allowed: boolean;
  /** One per check, in the same order. */
  readonly decisions: readonly Decision[];
}

/** Decides whether calls may happen now, and counts those that may. Never throws for a failing store. */
export interface Limiter {
  /** Checks one rule. */
  take(key: string, rule: CompiledRule, cost: number): Decision | Promise<Decision>;
  /** Checks several rules at once. */
  takeAll(checks: readonly LimitCheck[]): Outcome | Promise<Outcome>;
}
