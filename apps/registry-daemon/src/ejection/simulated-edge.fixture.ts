import { CallRecord, OUTLIER_LIMITS, OutlierDetector } from '@gateway/balancing';
import { registryV1 } from '@gateway/contracts';
import type { Lease } from '../lease/lease';
import type { Report, Said } from './report';

const { Verdict } = registryV1;

/** How an edge's calls to an instance end: the share that fails, 0 to 1, or none gets a connection. */
export type Link = number | 'refused';

/** Calls of one edge to one instance in a second, while it uses it. */
const CALLS = 6;
/** Below this share of usable instances nobody is withheld. */
const PANIC = 0.5;
const LATENCY_MS = 5;

class Calls extends CallRecord {
  made = 0;
  failed = 0;

  constructor(readonly lease: Lease) {
    super();
  }
}

/** An edge with the outlier detection that edges have, and a report every two seconds, as theirs. */
export class SimulatedEdge {
  readonly #calls: readonly Calls[];
  readonly #detector: OutlierDetector<Calls>;

  /** @param lies reports that everything fails, whatever happens */
  constructor(
    private readonly name: string,
    leases: readonly Lease[],
    private readonly random: () => number,
    private readonly lies: boolean,
  ) {
    this.#calls = leases.map((lease) => new Calls(lease));
    const ignored = (): void => undefined;
    this.#detector = new OutlierDetector({ limits: OUTLIER_LIMITS, random, onEjected: ignored, onReturned: ignored });
    this.#detector.replace(this.#calls);
  }

  /** A second of calls. @param isWithheld whether the registry has an instance out */
  call(nowMs: number, linkTo: (instance: number) => Link, isWithheld: (lease: Lease) => boolean): void {
    const usable = new Set(this.#calls.filter(({ ejection, lease }) => ejection === null && !isWithheld(lease)));
    const panics = usable.size < PANIC * this.#calls.length;
    this.#calls.forEach((calls, at) => {
      if (panics || usable.has(calls)) this.#callOne(calls, linkTo(at), nowMs);
      // Who refuses is tried again until it accepts.
      else if (calls.ejection?.reason === 'refused' && linkTo(at) !== 'refused') this.#detector.reached(calls);
    });
    this.#detector.sweep(nowMs);
  }

  report(): Report {
    const said = this.#calls.flatMap((calls) => this.#sayOf(calls));
    return { reporter: this.name, validMs: 10_000, services: new Map([['demo-service', new Map(said)]]) };
  }

  #callOne(calls: Calls, link: Link, nowMs: number): void {
    for (let n = 0; n < CALLS && calls.ejection === null; n++) {
      calls.made += 1;
      if (link !== 'refused' && this.random() >= link) {
        this.#detector.succeeded(calls, LATENCY_MS);
        continue;
      }
      calls.failed += 1;
      if (link === 'refused') this.#detector.refused(calls, 'connection refused');
      else this.#detector.failed(calls, 'no answer', nowMs);
    }
  }

  #sayOf(calls: Calls): [string, Said][] {
    const { lease, made, failed, ejection } = calls;
    calls.made = calls.failed = 0;
    const tell = (verdict: registryV1.Verdict, fresh: boolean): [string, Said][] => [
      [lease.id, { generation: lease.generation, verdict, fresh, why: ejection?.why ?? '' }],
    ];
    if (this.lies) return tell(Verdict.FAILING, true);
    if (ejection) return tell(ejection.reason === 'refused' ? Verdict.REFUSING : Verdict.FAILING, failed > 0);
    if (made > failed) return tell(Verdict.ANSWERING, true);
    return failed > 0 ? tell(Verdict.UNSPECIFIED, true) : [];
  }
}
