import { registryV1 } from '@gateway/contracts';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Clock, Timer } from '@gateway/clock';
import type { ServiceLedger } from './service-ledger';
import type { TrackedEndpoint } from './tracked-endpoint';

/** A report to the registry. */
export type OutcomeReport = MessageInitShape<typeof registryV1.ReportOutcomesRequestSchema>;
type Observation = MessageInitShape<typeof registryV1.ObservationSchema>;

/** What reporting draws on. */
export interface OutcomeReporterOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** In [0, 1). */
  readonly random: () => number;
  /** The edge's instance id. */
  readonly reporter: string;
  /** What is known of all services. */
  readonly ledgers: () => readonly ServiceLedger[];
  /** Sends one. A failure is reported, and the report is gone: the next one is newer. */
  readonly send: (report: OutcomeReport) => Promise<unknown>;
  readonly onProblem: (cause: unknown) => void;
}

/** Between two reports, in milliseconds, give or take a tenth. */
const REPORT_MS = 2_000;
const JITTER = 0.1;

const { Verdict } = registryV1;

/** What had been counted when an endpoint was last reported. */
interface Counted {
  readonly answered: number;
  readonly failed: number;
}

const NOTHING: Counted = { answered: 0, failed: 0 };

/** Tells the registry every two seconds how the instances answered that this edge called, and which of them it has out. */
export class OutcomeReporter {
  private reported = new WeakMap<TrackedEndpoint, Counted>();
  private timer: Timer | null = null;
  private closed = false;

  constructor(private readonly options: OutcomeReporterOptions) {}

  /** Begins. */
  start(): void {
    const { clock, random } = this.options;
    this.timer = clock.after(REPORT_MS * (1 - JITTER + 2 * JITTER * random()), () => void this.report());
  }

  /** Ends; a report that is under way is not waited for. */
  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private async report(): Promise<void> {
    const observations = this.options.ledgers().flatMap((ledger) => this.observe(ledger));
    try {
      if (observations.length > 0) await this.options.send({ reporter: this.options.reporter, observations });
    } catch (error) {
      this.options.onProblem(error);
    }
    // One at a time: a registry that is slow gets fewer reports, not a queue of them.
    if (!this.closed) this.start();
  }

  private observe({ service, endpoints }: ServiceLedger): Observation[] {
    return endpoints.flatMap((tracked): Observation[] => {
      const generation = generationOf(tracked);
      // A fixed address is nothing that the registry knows of.
      if (generation === null) return [];
      const before = this.reported.get(tracked) ?? NOTHING;
      const { answered, failed } = tracked;
      const [successes, failures] = [answered - before.answered, failed - before.failed];
      if (successes + failures === 0 && tracked.calls.ejection === null) return [];
      this.reported.set(tracked, { answered, failed });
      const why = tracked.calls.ejection?.why ?? '';
      const verdict = verdictOf(tracked, successes);
      return [{ service, id: tracked.id, generation, verdict, successes, failures, why }];
    });
  }
}

function verdictOf({ calls: { ejection } }: TrackedEndpoint, successes: number): registryV1.Verdict {
  if (ejection?.reason === 'refused') return Verdict.REFUSING;
  if (ejection !== null) return Verdict.FAILING;
  return successes > 0 ? Verdict.ANSWERING : Verdict.UNSPECIFIED;
}

/** `epoch/n`, as registered endpoints have it. */
function generationOf({ endpoint }: TrackedEndpoint): { epoch: string; n: bigint } | null {
  const slash = endpoint.generation.lastIndexOf('/');
  return slash < 0
    ? null
    : { epoch: endpoint.generation.slice(0, slash), n: BigInt(endpoint.generation.slice(slash + 1)) };
}
