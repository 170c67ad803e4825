import type { Clock, Timer } from '@gateway/clock';
import type { Lease } from './lease';
import type { LeaseTable } from './lease-table';

/** How often leases are looked at, in milliseconds. */
export const SWEEP_MS = 500;
/** A sweep this late means that the process stood still, and with it the reading of renewals. */
const STALL_MS = 1_000;

/** Drops leases that have run out, at least twice a second. */
export class Sweeper {
  #timer: Timer | null = null;
  #last = 0;

  /** @param expired told what was dropped, when something was */
  constructor(
    private readonly table: LeaseTable,
    private readonly clock: Clock,
    private readonly expired: (leases: readonly Lease[]) => void,
  ) {}

  start(): void {
    this.#last = this.clock.monotonic();
    this.#timer = this.clock.every(SWEEP_MS, () => this.#sweep());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #sweep(): void {
    const now = this.clock.monotonic();
    const late = now - this.#last - SWEEP_MS;
    this.#last = now;
    // The renewals of that time wait unread in the sockets: they must be heard before anyone is declared dead.
    if (late > STALL_MS) this.table.extend(late);
    const gone = this.table.expire();
    if (gone.length > 0) this.expired(gone);
  }
}
