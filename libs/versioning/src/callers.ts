/** One caller of a route, as it is kept. */
export interface CallerRecord {
  readonly route: string;
  /** The principal's subject, or `anonymous`; `other` for those that were forgotten. */
  readonly caller: string;
  readonly calls: number;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
}

/** Who has no credential. */
export const ANONYMOUS = 'anonymous';
/** All that were too many to be kept apart. */
export const OTHER = 'other';

interface Counted {
  calls: number;
  lastSeen: number;
}

/**
 * Who calls what is about to end, in this process and since its start. Of each route the callers seen last are known by
 * name; who is forgotten goes on counting as `other`.
 */
export class CallerLedger {
  private readonly routes = new Map<string, Map<string, Counted>>();

  /**
   * @param perRoute callers kept apart of one route
   * @param maxRoutes routes kept; the one that was called first is forgotten first
   */
  constructor(
    private readonly perRoute = 200,
    private readonly maxRoutes = 1_000,
  ) {}

  /** Counts one call. @param now milliseconds since the epoch */
  count(route: string, caller: string, now: number): void {
    const callers = this.callersOf(route);
    const known = callers.get(caller);
    if (known !== undefined) {
      known.calls += 1;
      known.lastSeen = now;
      // Behind the others: the first one is the one that was silent for longest.
      callers.delete(caller);
      callers.set(caller, known);
      return;
    }
    callers.set(caller, { calls: 1, lastSeen: now });
    if (callers.size > this.perRoute) this.forgetSilent(callers);
  }

  /** Everyone, by route and then by calls. */
  records(): CallerRecord[] {
    return [...this.routes].flatMap(([route, callers]) =>
      [...callers]
        .map(([caller, { calls, lastSeen }]) => ({ route, caller, calls, lastSeen }))
        .sort((a, b) => b.calls - a.calls),
    );
  }

  private callersOf(route: string): Map<string, Counted> {
    let callers = this.routes.get(route);
    if (callers !== undefined) return callers;
    const [first] = this.routes.keys();
    if (this.routes.size >= this.maxRoutes && first !== undefined) this.routes.delete(first);
    this.routes.set(route, (callers = new Map()));
    return callers;
  }

  private forgetSilent(callers: Map<string, Counted>): void {
    const silent = [...callers.keys()].find((caller) => caller !== OTHER)!;
    const { calls, lastSeen } = callers.get(silent)!;
    callers.delete(silent);
    const other = callers.get(OTHER) ?? { calls: 0, lastSeen };
    callers.set(OTHER, { calls: other.calls + calls, lastSeen: Math.max(other.lastSeen, lastSeen) });
  }
}
