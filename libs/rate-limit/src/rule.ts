import { createHash } from 'node:crypto';

/** What to do when the shared store can't be asked: count in this process, let pass, or refuse. */
export type OnStoreDown = 'local' | 'allow' | 'deny';

/** One limit on how often something may happen under one key. */
export interface LimitRule {
  /** Shown in headers and errors. Unique within its scope; 1 to 64 printable ASCII characters. */
  readonly name: string;
  /** Ceiling in any sliding window of length `windowMs`. At least 1. */
  readonly requests: number;
  /** 1,000 to 86,400,000 (a second to a day). */
  readonly windowMs: number;
  /** Ceiling within any one second. 0: none beyond `requests`. */
  readonly burst: number;
  readonly onStoreDown: OnStoreDown;
  /** Counts and reports what it would have refused, never refuses. Default false. */
  readonly shadow?: boolean;
}

/** A sliding window in buckets. What a bucket counted is free again when the bucket's end has left the window. */
export interface WindowShape {
  /** Ceiling in any window of `lengthMs`. */
  readonly limit: number;
  readonly lengthMs: number;
  readonly bucketMs: number;
}

/** A rule with everything prepared that doesn't depend on the key. Made by compileRule, once per route. */
export interface CompiledRule extends LimitRule {
  /**
   * Names the rule in the store: the same scope, name and window have the same id in every process. Counts live on when
   * `requests` is changed.
   */
  readonly id: string;
  readonly shadow: boolean;
  /** `"<name>";q=<requests>;w=<seconds>`, an item of RateLimit-Policy. */
  readonly policyItem: string;
  /** The rule's name as a structured string (RFC 9651 §3.3.3), the start of an item of RateLimit. */
  readonly quotedName: string;
  /** How `windowMs` is divided. */
  readonly window: WindowShape;
  /** How the burst's second is divided; null: no ceiling beyond `requests`. */
  readonly burstWindow: WindowShape | null;
}

/**
 * Buckets of a window: what is taken is given back at most a sixtieth of the window late, so at least 60/61 of the rule
 * can be used, for at most 61 counters a key.
 */
const BUCKETS = 60;
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Buckets of the burst's second: at least 20/21 of it can be used. */
const BURST_BUCKETS = 20;
const MAX_REQUESTS = 2 ** 31;
const PRINTABLE = /^[ -~]{1,64}$/;

/**
 * Prepares a rule.
 * @param scope what the rule belongs to, such as a route's id: rules of the same name in different scopes count apart
 * @throws RangeError when the name or a number is out of its range
 */
export function compileRule(scope: string, rule: LimitRule): CompiledRule {
  check(rule);
  const { name, requests, windowMs, burst } = rule;
  const hasBurst = burst > 0 && burst < requests;
  const quotedName = `"${name.replace(/["\\]/g, '\\$&')}"`;
  return {
    ...rule,
    shadow: rule.shadow ?? false,
    id: idOf(JSON.stringify([scope, name, windowMs, hasBurst])),
    quotedName,
    policyItem: `${quotedName};q=${requests};w=${Math.ceil(windowMs / SECOND_MS)}`,
    window: { limit: requests, lengthMs: windowMs, bucketMs: Math.ceil(windowMs / BUCKETS) },
    burstWindow: hasBurst ? { limit: burst, lengthMs: SECOND_MS, bucketMs: SECOND_MS / BURST_BUCKETS } : null,
  };
}

function check({ name, requests, windowMs, burst }: LimitRule): void {
  if (!PRINTABLE.test(name)) throw new RangeError(`a limit's name must be 1 to 64 printable ASCII characters`);
  if (!isWhole(requests, 1, MAX_REQUESTS))
    throw new RangeError(`limit ${name}: requests must be a whole number from 1`);
  if (!isWhole(windowMs, SECOND_MS, DAY_MS)) throw new RangeError(`limit ${name}: the window must be from 1 s to 24 h`);
  if (!isWhole(burst, 0, MAX_REQUESTS)) throw new RangeError(`limit ${name}: burst must be a whole number from 0`);
}

const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to;

/** Short, and the same everywhere. 96 bits: rules are few. */
const idOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);
