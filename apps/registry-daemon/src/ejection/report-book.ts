import type { Clock } from '@gateway/clock';
import type { Report, Said } from './report';

/** Gateways that report; more than that aren't gateways. */
export const MAX_REPORTERS = 1_000;

/** What each gateway says of a service's instances, by reporter and instance. */
export type Opinions = ReadonlyMap<string, ReadonlyMap<string, Said>>;

interface Held {
  readonly report: Report;
  /** When it was made, and until when it counts; monotonic milliseconds. */
  readonly madeAt: number;
  readonly until: number;
}

/** The latest report of each gateway, as long as it counts. */
export class ReportBook {
  readonly #held = new Map<string, Held>();

  constructor(private readonly clock: Clock) {}

  /** How many gateways report. */
  get reporters(): number {
    this.#prune();
    return this.#held.size;
  }

  /**
   * Takes a report in place of the reporter's former one.
   * @param ageMs how long ago it was made
   * @returns false when there is no place for another reporter
   */
  accept(report: Report, ageMs = 0): boolean {
    const madeAt = this.clock.monotonic() - ageMs;
    const known = this.#held.get(report.reporter);
    // Heard of twice, or overtaken by a later one that came directly.
    if (known && known.madeAt >= madeAt) return true;
    if (!known && this.reporters >= MAX_REPORTERS) return false;
    this.#held.set(report.reporter, { report, madeAt, until: madeAt + report.validMs });
    return true;
  }

  /** What is said of a service now. */
  of(service: string): Opinions {
    this.#prune();
    const opinions = new Map<string, ReadonlyMap<string, Said>>();
    for (const [reporter, { report }] of this.#held) {
      const said = report.services.get(service);
      if (said) opinions.set(reporter, said);
    }
    return opinions;
  }

  #prune(): void {
    const now = this.clock.monotonic();
    for (const [reporter, { until }] of this.#held) if (until <= now) this.#held.delete(reporter);
  }
}
