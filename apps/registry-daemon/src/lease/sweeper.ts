import type { Clock, Timer } from '@gateway/clock';
import type { LeaseTable } from './lease-table';

/** How often leases are looked at, in milliseconds. */
export const SWEEP_MS = 500;
/** A sweep this late means that the process stood still, and with it the reading of renewals. */
const STALL_MS = 1_000;
/** Loads are told together, every so many sweeps: once a second. */
const SWEEPS_PER_LOADS = 2;

/** Looks at all leases twice a second: at those that have run out, and at the loads that others haven't heard of. */
export class Sweeper {
  #timer: Timer | null = null;
  #last = 0;
  #sweeps = 0;

  /** @param sweep deals with the leases that have run out */
  constructor(
    private readonly table: LeaseTable,
    private readonly clock: Clock,
    private readonly sweep: () => void,
  ) {}

  start(): void {
    this.#last = this.clock.monotonic();
    this.#timer = this.clock.every(SWEEP_MS, () => this.#tick());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #tick(): void {
    const now = this.clock.monotonic();
    const late = now - this.#last - SWEEP_MS;
    this.#last = now;
    // The renewals of that time wait unread in the sockets: they must be heard before anyone is declared dead.
    if (late > STALL_MS) this.table.extend(late);
    this.#sweeps += 1;
    if (this.#sweeps % SWEEPS_PER_LOADS === 0) this.table.tellLoads();
    this.sweep();
  }
}
