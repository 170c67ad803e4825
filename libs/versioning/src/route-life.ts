import { type Brownout, type Stretch, stretchAt } from './brownouts';

/** Where in its life a route is: `brownout` and `ended` answer nothing. Times in milliseconds since the epoch. */
export type Phase =
  | { readonly kind: 'serving' }
  | { readonly kind: 'brownout'; readonly until: number }
  | { readonly kind: 'ended'; readonly at: number };

const SERVING: Phase = { kind: 'serving' };

/** Tells the phase of one route. A request compares two numbers; the schedule is asked when a phase is over. */
export class RouteLife {
  private known: Stretch = { interrupted: false, from: 0, until: 0 };
  private phase: Phase = SERVING;
  private readonly ended: Phase;

  /**
   * @param sunsetAt milliseconds since the epoch; null: never
   * @param brownouts what of them lies behind the sunset doesn't matter
   */
  constructor(
    private readonly sunsetAt: number | null,
    private readonly brownouts: readonly Brownout[],
  ) {
    this.ended = { kind: 'ended', at: sunsetAt ?? Number.POSITIVE_INFINITY };
  }

  /** @param now milliseconds since the epoch; may go back, as the system's clock may */
  at(now: number): Phase {
    if (this.sunsetAt !== null && now >= this.sunsetAt) return this.ended;
    if (now < this.known.from || now >= this.known.until) this.look(now);
    return this.phase;
  }

  private look(now: number): void {
    this.known = stretchAt(this.brownouts, now);
    const until = Math.min(this.known.until, this.sunsetAt ?? Number.POSITIVE_INFINITY);
    this.phase = this.known.interrupted ? { kind: 'brownout', until } : SERVING;
  }
}
