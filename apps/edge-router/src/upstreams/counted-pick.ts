import type { Outcome } from '../pipeline/outcome';
import type { Endpoint } from './endpoint';
import type { Pick } from './endpoint-picker';
import type { ServiceLedger } from './service-ledger';
import type { TrackedEndpoint } from './tracked-endpoint';

/** A call to an endpoint: counted as under way until it has ended. */
export class CountedPick implements Pick {
  private headMs = -1;

  /** @param startedAt monotonic milliseconds */
  constructor(
    private readonly tracked: TrackedEndpoint,
    private readonly ledger: ServiceLedger,
    private readonly startedAt: number,
  ) {}

  get endpoint(): Endpoint {
    return this.tracked.endpoint;
  }

  answered(): void {
    this.headMs = this.ledger.since(this.startedAt);
  }

  ended(outcome: Outcome): void {
    this.ledger.ended(this.tracked, outcome, this.headMs < 0 ? this.ledger.since(this.startedAt) : this.headMs);
  }
}
