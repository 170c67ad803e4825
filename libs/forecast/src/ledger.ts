import type { PolicyName } from './policy';

/** One decision about a service: what was expected, what came, what was done and what else could have been. */
export interface LedgerEntry {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Calls per second since the last decision. */
  readonly realised: number;
  /** What was forecast for now, a horizon ago; null while it is learning. */
  readonly forecastForNow: number | null;
  /** What is forecast for a horizon from now. */
  readonly forecast: number | null;
  /** The rate that predictive sizing provides for: the upper quantile of the peak until then. */
  readonly upper: number | null;
  /** Mean absolute scaled error of the forecast at the horizon. */
  readonly error: number | null;
  readonly model: string | null;
  /** The policy in force: `reactive` while the predictive one doesn't trust its forecast. */
  readonly policy: PolicyName;
  /** Connections to all endpoints together that each policy asked for, or would have; those of `policy` were set. */
  readonly targets: Readonly<Record<PolicyName, number>>;
  /** Connections that were there. */
  readonly connections: number;
  /** Calls that had to wait for a connection to be established, since the last decision. */
  readonly handshakesInPath: number;
}

/** The last decisions; the oldest make room. */
export class Ledger {
  private readonly entries: LedgerEntry[] = [];
  private next = 0;

  /** @param capacity entries that are kept */
  constructor(private readonly capacity: number) {}

  add(entry: LedgerEntry): void {
    this.entries[this.next] = entry;
    this.next = (this.next + 1) % this.capacity;
  }

  /** The last `count`, oldest first. */
  tail(count = this.capacity): LedgerEntry[] {
    const ordered = [...this.entries.slice(this.next), ...this.entries.slice(0, this.next)];
    return count < ordered.length ? ordered.slice(ordered.length - count) : ordered;
  }
}
