import type { HealthState } from '@gateway/platform';

interface Entry {
  readonly state: HealthState;
  readonly since: number;
}

/** Remembers from one tree to the next when each node came into its state. */
export class History {
  #before: ReadonlyMap<string, Entry> = new Map();
  #now = new Map<string, Entry>();

  /**
   * Since when the node of that key is in that state, milliseconds since the epoch.
   * @param cause when the cause began, if it says so; only the first tree with that state listens to it
   * @param now the time of this tree
   */
  since(key: string, state: HealthState, cause: number | null, now: number): number {
    const before = this.#before.get(key);
    // A cause that began in the past is the truth; one in the future comes from a clock that runs ahead of ours.
    const entry = before?.state === state ? before : { state, since: Math.min(cause ?? now, now) };
    this.#now.set(key, entry);
    return entry.since;
  }

  /** The tree is complete: nodes that it didn't have are forgotten. */
  commit(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }
}
