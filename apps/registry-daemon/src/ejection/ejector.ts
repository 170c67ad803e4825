import { create } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { Clock, Timer } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import type { Members } from '../cluster/members';
import { responsibleFor } from '../health/rendezvous';
import type { Lease } from '../lease/lease';
import type { LeaseTable } from '../lease/lease-table';
import type { ReportBook } from './report-book';
import { type Candidate, type Judgement, type Sentence, ServiceEjections } from './service-ejections';

/** Whether ejections count: `shadow` says what would be, `enforce` has gateways act on it, `off` does nothing. */
export type EjectionMode = 'shadow' | 'enforce' | 'off';

/** How often services are judged, in milliseconds. */
const JUDGE_MS = 1_000;

/** Told what is decided. */
export interface EjectionListener {
  begun(service: string, sentence: Sentence): void;
  ended(service: string, sentence: Sentence): void;
}

/** What the ejector decides about, and by what. */
export interface EjectorParts {
  readonly table: Pick<LeaseTable, 'counts' | 'of' | 'annotate'>;
  readonly members: Members;
  readonly reports: Pick<ReportBook, 'of'>;
  readonly clock: Clock;
  readonly mode: EjectionMode;
  readonly listener: EjectionListener;
}

/**
 * Ejects instances by quorum and notes it on their leases. Each service is judged by one of the living daemons, because the
 * cap is the service's; another one that takes over goes on with what is noted. What is noted otherwise, by a daemon that
 * was late or had another mode, is put right.
 */
export class Ejector {
  readonly #services = new Map<string, ServiceEjections>();
  #timer: Timer | null = null;

  constructor(private readonly parts: EjectorParts) {}

  start(): void {
    this.#timer = this.parts.clock.every(JUDGE_MS, () => this.#judgeAll());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #judgeAll(): void {
    const { table, members } = this.parts;
    const live = members.live();
    const mine = [...table.counts().keys()].filter((service) => responsibleFor(service, live) === members.self);
    for (const service of this.#services.keys()) if (!mine.includes(service)) this.#services.delete(service);
    for (const service of mine) this.#judge(service);
  }

  #judge(service: string): void {
    const { table, listener } = this.parts;
    const leases = table.of(service);
    const ejections = this.#services.get(service) ?? new ServiceEjections();
    this.#services.set(service, ejections);
    const { begun, ended } = this.#decide(service, ejections, leases);
    for (const sentence of ended) listener.ended(service, sentence);
    for (const sentence of begun) listener.begun(service, sentence);
    const anew = new Set(begun.map(({ id }) => id));
    for (const lease of leases) this.#note(lease, ejections.out.get(lease.id), anew.has(lease.id));
  }

  #decide(service: string, ejections: ServiceEjections, leases: readonly Lease[]): Judgement {
    const { reports, clock, mode } = this.parts;
    if (mode === 'off') return { begun: [], ended: [] };
    const ready = leases.filter(({ instance }) => instance.state === registryV1.InstanceState.READY);
    return ejections.judge(
      ready.map((lease) => this.#candidate(lease)),
      reports.of(service),
      clock.monotonic(),
    );
  }

  #candidate({ id, generation, instance: { health, ejection } }: Lease): Candidate {
    const { clock } = this.parts;
    const left = this.#isOurs(ejection) && ejection.until ? timestampMs(ejection.until) - clock.now() : null;
    return {
      ...{ id, generation },
      healthy: health?.state !== registryV1.HealthState.FAILING,
      ejectedUntil: left === null ? null : clock.monotonic() + left,
    };
  }

  /** Whether an ejection is one of the present mode. */
  #isOurs(ejection: registryV1.Ejection | undefined): ejection is registryV1.Ejection {
    return ejection !== undefined && ejection.shadow === (this.parts.mode === 'shadow');
  }

  #note(lease: Lease, sentence: Sentence | undefined, isNew: boolean): void {
    const { table, clock, mode } = this.parts;
    const { ejection } = lease.instance;
    if (!sentence) {
      if (ejection) table.annotate(lease, lease.generation, { ejection: null });
      return;
    }
    if (!isNew && this.#isOurs(ejection)) return;
    const { why, agreed, reporters } = sentence;
    // The monotonic clock has fractions of a millisecond, which a timestamp can't be made of.
    const until = timestampFromMs(Math.round(clock.now() + sentence.until - clock.monotonic()));
    const noted = create(registryV1.EjectionSchema, { why, until, agreed, reporters, shadow: mode === 'shadow' });
    table.annotate(lease, lease.generation, { ejection: noted });
  }
}
