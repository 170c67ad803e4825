import type { Clock } from '@gateway/clock';
import type { Lease } from './lease';
import type { DueLease, LeaseTable } from './lease-table';
import type { LeaseVerdict, LeaseVerdicts } from './lease-verdicts';
import type { SelfPreservation } from './self-preservation';

/** A lease that ran out is kept that many times its length while its instance is seen answering. */
export const KEPT_LEASES = 10;
/** How soon a lease that ran out and is kept is looked at again, in milliseconds. */
export const RECHECK_MS = 1_000;

/** What the store says of leases, since they may have been renewed at another daemon. */
export interface SharedLeases {
  /**
   * By its own clock, how many milliseconds each lease has left; 0 or less: it ran out. A lease that isn't named is gone
   * from the store, which this daemon has taken note of.
   * @returns null when the store can't be asked
   */
  remaining(leases: readonly Lease[]): Promise<ReadonlyMap<Lease, number> | null>;
  /**
   * Whether the store has been there for long enough that every daemon has told it what was renewed there. A daemon that
   * is back later than this one still holds leases that the store takes for run out.
   */
  isSettled(): boolean;
  /** Ends those that nobody has renewed meanwhile. @returns them; none when the store can't be asked */
  expire(leases: readonly Lease[]): Promise<readonly Lease[]>;
}

/** Which daemon decides. */
export interface Jurisdiction {
  /** Whether this daemon is the one that ends this lease: one does, among those that live. */
  isMine(lease: Lease): boolean;
  /** Whether no other daemon lives. */
  alone(): boolean;
}

/** Told what becomes of leases that ran out. */
export interface ExpiryObserver {
  expired(leases: readonly Lease[]): void;
  /** One is kept, because its instance was seen answering. */
  kept(lease: Lease): void;
}

/** What decides about a lease that ran out. */
export interface ExpiryParts {
  readonly table: LeaseTable;
  readonly shared: SharedLeases;
  readonly jurisdiction: Jurisdiction;
  readonly verdicts: LeaseVerdicts;
  readonly preservation: SelfPreservation;
}

interface Overdue {
  readonly lease: Lease;
  /** Found out just now. */
  readonly isNew: boolean;
  readonly overdueMs: number;
  readonly verdict: LeaseVerdict;
}

/** Ends the leases that ran out: by the store's clock while it can be asked, and never on this daemon's word alone. */
export class Expiry {
  #sweeping = false;

  constructor(
    private readonly parts: ExpiryParts,
    private readonly clock: Clock,
    private readonly observer: ExpiryObserver,
  ) {}

  /** Looks at all leases once; does nothing while it is still at it. Never rejects. */
  async sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      await this.#sweep();
    } finally {
      this.#sweeping = false;
    }
  }

  async #sweep(): Promise<void> {
    const { table, shared } = this.parts;
    const due = table.due();
    const remaining = due.length > 0 ? await shared.remaining(due.map(({ lease }) => lease)) : null;
    const overdue = due.filter((each) => this.#hasRunOut(each, remaining)).map((each) => this.#judge(each));
    this.#count(overdue);
    const ended = overdue.filter((each) => this.#ends(each, remaining !== null)).map(({ lease }) => lease);
    if (ended.length === 0) return;
    if (remaining === null) this.#endHere(ended);
    else await this.#endEverywhere(ended);
  }

  #hasRunOut({ lease, renewedHere }: DueLease, remaining: ReadonlyMap<Lease, number> | null): boolean {
    const { table, jurisdiction, shared } = this.parts;
    // It may have been renewed, changed or given up while the store was asked.
    if (!table.isDue(lease)) return false;
    if (remaining === null) {
      // Whoever is renewed elsewhere lives on in memory until the store can be asked again.
      if (renewedHere || jurisdiction.alone()) return true;
      table.postpone(lease, RECHECK_MS, false);
      return false;
    }
    const left = remaining.get(lease);
    if (left === undefined) return false;
    if (left <= 0 && (renewedHere || shared.isSettled())) return true;
    if (left <= 0) table.postpone(lease, RECHECK_MS, false);
    else table.prolong(lease, left);
    return false;
  }

  #judge({ lease, overdueSince }: DueLease): Overdue {
    const overdueMs = overdueSince === null ? 0 : this.clock.monotonic() - overdueSince;
    this.parts.table.postpone(lease, RECHECK_MS, true);
    return { lease, isNew: overdueSince === null, overdueMs, verdict: this.parts.verdicts.verdictOf(lease) };
  }

  /** Instances that refuse connections are dead for sure: they say nothing about the network. */
  #count(overdue: readonly Overdue[]): void {
    const { table, preservation } = this.parts;
    const refusing = overdue.filter(({ verdict }) => verdict === 'refusing').length;
    const fresh = overdue.filter(({ isNew, verdict }) => isNew && verdict !== 'refusing').length;
    preservation.observe(fresh, table.overdue - refusing, table.size);
  }

  #ends({ lease, isNew, overdueMs, verdict }: Overdue, everywhere: boolean): boolean {
    const { jurisdiction, preservation } = this.parts;
    if (everywhere && !jurisdiction.isMine(lease)) return false;
    if (verdict === 'refusing') return true;
    if (verdict === 'answering' && overdueMs < KEPT_LEASES * lease.leaseMs) {
      if (isNew) this.observer.kept(lease);
      return false;
    }
    return !preservation.frozen;
  }

  #endHere(leases: readonly Lease[]): void {
    for (const lease of leases) this.parts.table.expire(lease);
    this.observer.expired(leases);
  }

  async #endEverywhere(leases: readonly Lease[]): Promise<void> {
    const ended = await this.parts.shared.expire(leases);
    if (ended.length > 0) this.observer.expired(ended);
  }
}
