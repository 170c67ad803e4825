import type { Clock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import type { Report, Said } from './report';

/** Gateways that report; more than that aren't gateways. */
export const MAX_REPORTERS = 1_000;

/** What each gateway says of a service's instances, by reporter and instance. */
export type Opinions = ReadonlyMap<string, ReadonlyMap<string, Said>>;

/** What a gateway says of an instance, and until when it counts (monotonic milliseconds). */
interface Counting {
  readonly said: Said;
  readonly until: number;
}

interface Held {
  /** When the latest report was made; monotonic milliseconds. */
  readonly madeAt: number;
  /** Until when the reporter counts as one. */
  readonly until: number;
  readonly services: ReadonlyMap<string, ReadonlyMap<string, Counting>>;
}

/**
 * What gateways say, as long as it counts. A report takes the place of the gateway's former one, but for this: an instance
 * that answered and then wasn't called did answer. It keeps that word until its time is over, so that with little traffic
 * those who accuse aren't the only ones who are heard.
 */
export class ReportBook {
  readonly #held = new Map<string, Held>();

  constructor(private readonly clock: Clock) {}

  /** How many gateways report. */
  get reporters(): number {
    this.#prune();
    return this.#held.size;
  }

  /**
   * Takes a report.
   * @param ageMs how long ago it was made
   * @returns false when there is no place for another reporter
   */
  accept({ reporter, validMs, services }: Report, ageMs = 0): boolean {
    const madeAt = this.clock.monotonic() - ageMs;
    const known = this.#held.get(reporter);
    // Heard of twice, or overtaken by a later one that came directly.
    if (known && known.madeAt >= madeAt) return true;
    if (!known && this.reporters >= MAX_REPORTERS) return false;
    const until = madeAt + validMs;
    const merged = known ? this.#stillAnswering(known) : new Map<string, Map<string, Counting>>();
    for (const [service, instances] of services) {
      const counting = merged.get(service) ?? new Map<string, Counting>();
      for (const [id, said] of instances) counting.set(id, { said, until });
      merged.set(service, counting);
    }
    this.#held.set(reporter, { madeAt, until, services: merged });
    return true;
  }

  /** What is said of a service now. */
  of(service: string): Opinions {
    this.#prune();
    const now = this.clock.monotonic();
    const opinions = new Map<string, ReadonlyMap<string, Said>>();
    for (const [reporter, { services }] of this.#held) {
      const counting = [...(services.get(service) ?? [])].filter(([, { until }]) => until > now);
      if (counting.length > 0) opinions.set(reporter, new Map(counting.map(([id, { said }]) => [id, said])));
    }
    return opinions;
  }

  #stillAnswering({ services }: Held): Map<string, Map<string, Counting>> {
    const now = this.clock.monotonic();
    const counts = ([, { said, until }]: readonly [string, Counting]): boolean =>
      until > now && said.verdict === registryV1.Verdict.ANSWERING;
    const kept = [...services].map(([service, instances]) => [service, [...instances].filter(counts)] as const);
    return new Map(kept.flatMap(([service, rest]) => (rest.length > 0 ? [[service, new Map(rest)] as const] : [])));
  }

  #prune(): void {
    const now = this.clock.monotonic();
    for (const [reporter, { until }] of this.#held) if (until <= now) this.#held.delete(reporter);
  }
}
