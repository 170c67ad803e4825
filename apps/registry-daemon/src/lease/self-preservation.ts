import type { Clock } from '@gateway/clock';

/** More than this share of leases running out together says that the network is at fault, not the instances. */
const SUSPICIOUS = 0.15;
/** Fewer than that may well die together: of five instances one is a fifth already. */
const AT_LEAST = 3;
/** Renewals that stop at once run out over a third of a lease; this is a whole one, in milliseconds. */
export const WINDOW_MS = 10_000;
/** After that the instances have gone indeed: nobody keeps a part of the platform alive on paper for longer, in milliseconds. */
export const FREEZE_MS = 300_000;

/** While leases are kept although they ran out. */
export interface Freeze {
  readonly why: string;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/**
 * Tells instances that die from renewals that don't get through: when too many leases run out in a short time, none is
 * ended. It ends by itself, when most of them are renewed and no more run out, or after a bounded time.
 */
export class SelfPreservation {
  #freeze: Freeze | null = null;
  /** When leases ran out lately: monotonic milliseconds, and how many. */
  #lately: { readonly at: number; readonly count: number }[] = [];

  /** @param changed told when it begins, and with null when it ends */
  constructor(
    private readonly clock: Clock,
    private readonly changed: (freeze: Freeze | null) => void,
  ) {}

  get frozen(): boolean {
    return this.#freeze !== null;
  }

  /**
   * Takes what a sweep has found.
   * @param fresh leases that ran out since the last sweep
   * @param overdue all that have run out and are still held, these included
   * @param held all that are held
   */
  observe(fresh: number, overdue: number, held: number): void {
    const now = this.clock.monotonic();
    if (fresh > 0) this.#lately.push({ at: now, count: fresh });
    this.#lately = this.#lately.filter(({ at }) => at > now - WINDOW_MS);
    const lately = this.#lately.reduce((sum, { count }) => sum + count, 0);
    if (this.#freeze) this.#endIfOver(this.#freeze, lately, overdue, held);
    else if (fresh > 0) this.#beginIfMany(lately, overdue, held);
  }

  #beginIfMany(lately: number, overdue: number, held: number): void {
    // Of those that ran out lately some have been ended already: they count among all that there were.
    const all = held + Math.max(0, lately - overdue);
    if (!tooMany(lately, all)) return;
    const why = `${lately} of ${all} leases ran out within ${WINDOW_MS / 1_000} s: none is ended`;
    this.#freeze = { why, since: this.clock.monotonic() };
    this.changed(this.#freeze);
  }

  #endIfOver({ since }: Freeze, lately: number, overdue: number, held: number): void {
    const calm = lately === 0 && !tooMany(overdue, held);
    if (!calm && this.clock.monotonic() - since < FREEZE_MS) return;
    this.#freeze = null;
    this.changed(null);
  }
}

const tooMany = (count: number, all: number): boolean => count >= AT_LEAST && count > all * SUSPICIOUS;
