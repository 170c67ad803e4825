/** What a table needs to know of the states it holds. */
export interface KeyState {
  /** Whether forgetting it would give its key a considerable part of a rule back. */
  isHot(): boolean;
  /** Whether nothing counts any more. */
  isDrained(): boolean;
}

/** Idle keys dropped for each new one: the table shrinks again after a flood. */
const SWEPT_PER_NEW_KEY = 2;

/**
 * States by key, bounded. When it is full the least recently used key goes, but a hot one only when there is no other:
 * flooding the table with new keys doesn't make it forget a key that has used up its rule. To get rid of hot keys, an
 * attacker has to fill the whole table with keys that are hot themselves.
 */
export class KeyTable<State extends KeyState> {
  private readonly cold = new Map<string, State>();
  private readonly hot = new Map<string, State>();

  /** @param capacity keys held at once, at least 1 */
  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.cold.size + this.hot.size;
  }

  get(key: string): State | undefined {
    return this.cold.get(key) ?? this.hot.get(key);
  }

  /** Keeps a state under its key, as the most recently used one. Call it whenever the state has changed. */
  keep(key: string, state: State): void {
    const known = this.cold.delete(key) || this.hot.delete(key);
    if (!known) this.makeRoom();
    (state.isHot() ? this.hot : this.cold).set(key, state);
  }

  private makeRoom(): void {
    for (let i = 0; i < SWEPT_PER_NEW_KEY; i++) {
      dropOldestIfDrained(this.cold);
      dropOldestIfDrained(this.hot);
    }
    if (this.size < this.capacity) return;
    const oldest = oldestOf(this.cold) ?? oldestOf(this.hot);
    if (!this.cold.delete(oldest!)) this.hot.delete(oldest!);
  }
}

const oldestOf = <State>(states: Map<string, State>): string | undefined => states.keys().next().value;

function dropOldestIfDrained(states: Map<string, KeyState>): void {
  const oldest = oldestOf(states);
  if (oldest !== undefined && states.get(oldest)!.isDrained()) states.delete(oldest);
}
