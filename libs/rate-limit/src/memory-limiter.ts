import type { Clock } from '@gateway/clock';
import { KeyTable, type KeyState } from './key-table';
import {
  decisionOf,
  isAllowed,
  type Decision,
  type LimitCheck,
  type Limiter,
  type Outcome,
  type Usage,
} from './limiter';
import type { CompiledRule } from './rule';
import { SlidingWindow } from './sliding-window';

export interface MemoryLimiterOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Keys remembered at once, at least 1. Default 100,000: some 40 MB when all are in use. */
  readonly maxKeys?: number;
}

const MAX_KEYS = 100_000;

/**
 * Counts in this process. Answers at once.
 *
 * Beside a shared store it also remembers which part of each key's usage was its own. When the store is gone it goes on
 * with that part of the rule: as many processes as there are, together they stay about within the rule.
 */
export class MemoryLimiter implements Limiter {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly keys: KeyTable<KeyUsage>;

  constructor({ clock, maxKeys = MAX_KEYS }: MemoryLimiterOptions) {
    this.clock = clock;
    this.keys = new KeyTable(maxKeys);
  }

  /** Keys remembered now. */
  get size(): number {
    return this.keys.size;
  }

  take(key: string, rule: CompiledRule, cost: number): Decision {
    return this.takeAll([{ key, rule, cost }]).decisions[0]!;
  }

  takeAll(checks: readonly LimitCheck[]): Outcome {
    const now = this.clock.monotonic();
    const states = checks.map((check) => this.stateOf(check));
    const usages = states.map((state, i) => state.usage(checks[i]!, now, state.ceiling(checks[i]!.rule, now)));
    const allowed = isAllowed(checks, usages);
    const decisions = checks.map((check, i) => {
      const charged = allowed && usages[i]!.waitMs === 0;
      return decisionOf(check.rule, charged ? this.charge(check, states[i]!, now) : usages[i]!, 'local');
    });
    return { allowed, decisions };
  }

  /**
   * Whether what this process alone has let through leaves no room for the call. Charges nothing.
   * @returns the refusing outcome; null when there is room
   */
  refusalOf(checks: readonly LimitCheck[]): Outcome | null {
    const now = this.clock.monotonic();
    const usages = checks.map((check) => this.stateOf(check).usage(check, now, check.rule.requests));
    if (isAllowed(checks, usages)) return null;
    return { allowed: false, decisions: usages.map((usage, i) => decisionOf(checks[i]!.rule, usage, 'local')) };
  }

  /** Remembers what the shared store has let this process do, and how much all have used by then. */
  remember(checks: readonly LimitCheck[], { allowed, decisions }: Outcome): void {
    const now = this.clock.monotonic();
    checks.forEach((check, i) => {
      const decision = decisions[i]!;
      const state = this.stateOf(check);
      if (allowed && decision.allowed) state.add(check, now);
      state.learn(decision.limit - decision.remaining, now);
      this.keys.keep(idOf(check), state);
    });
  }

  private charge(check: LimitCheck, state: KeyUsage, now: number): Usage {
    state.add(check, now);
    if (check.cost > 0) this.keys.keep(idOf(check), state);
    return state.usage({ ...check, cost: 0 }, now, state.ceiling(check.rule, now));
  }

  private stateOf(check: LimitCheck): KeyUsage {
    return this.keys.get(idOf(check)) ?? new KeyUsage(check.rule, this.clock);
  }
}

/** A limiter that counts in this process. */
export function memoryLimiter(options: MemoryLimiterOptions): MemoryLimiter {
  return new MemoryLimiter(options);
}

/** Rule ids have a fixed length, so no two pairs have the same text. */
const idOf = ({ rule, key }: LimitCheck): string => rule.id + key;

/** From which part of its rule on a key counts as hot. */
const HOT_SHARE = 1 / 2;

/** What one key has used of one rule. The windows belong to the rule's id, the ceilings to the rule as it is now. */
class KeyUsage implements KeyState {
  private readonly window: SlidingWindow;
  private readonly burst: SlidingWindow | null;
  /** The usage when the shared store was last asked: by this process, by all; and until when some of it may count. */
  private own = 0;
  private all = 0;
  private sharedUntil = 0;

  constructor(
    private rule: CompiledRule,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.window = new SlidingWindow(rule.window);
    this.burst = rule.burstWindow === null ? null : new SlidingWindow(rule.burstWindow);
  }

  /** @param ceiling of this process: the rule's, or its share of it */
  usage({ rule, cost }: LimitCheck, now: number, ceiling: number): Usage {
    const { window, burst } = this;
    window.forget(now);
    burst?.forget(now);
    const wait = window.waitFor(now, cost, ceiling);
    // What doesn't fit into the share may fit into the whole rule, when the usage of the others has left the window.
    const mainWait = wait === Infinity && cost <= rule.requests ? this.sharedUntil - now : wait;
    return {
      used: rule.requests - ceiling + window.total,
      waitMs: burst === null ? mainWait : Math.max(mainWait, burst.waitFor(now, cost, rule.burst)),
      drainMs: ceiling < rule.requests ? this.sharedUntil - now : window.drainMs(now),
    };
  }

  /** What this process may let through in a window while it can't ask: its share of the rule. */
  ceiling({ requests }: CompiledRule, now: number): number {
    return this.isShared(now) ? Math.floor((requests * this.own) / this.all) : requests;
  }

  add({ rule, cost }: LimitCheck, now: number): void {
    this.rule = rule;
    this.window.add(now, cost);
    this.burst?.add(now, cost);
  }

  learn(usedByAll: number, now: number): void {
    const { lengthMs, bucketMs } = this.rule.window;
    this.window.forget(now);
    this.own = this.window.total;
    this.all = usedByAll;
    this.sharedUntil = now + lengthMs + bucketMs;
  }

  isHot(): boolean {
    return this.window.total > this.rule.requests * HOT_SHARE;
  }

  isDrained(): boolean {
    const now = this.clock.monotonic();
    return this.window.drainMs(now) <= 0 && !this.isShared(now);
  }

  /** Whether others have used a part that may still count. */
  private isShared(now: number): boolean {
    return this.own < this.all && now < this.sharedUntil;
  }
}
