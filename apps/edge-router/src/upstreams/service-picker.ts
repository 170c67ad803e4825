import type { Balancer, Skip } from '@gateway/balancing';
import type { RequestContext } from '../pipeline/context';
import type { ReadCallKeys } from './call-keys';
import type { Endpoint } from './endpoint';
import type { EndpointPicker, Pick } from './endpoint-picker';
import type { ServiceLedger } from './service-ledger';
import type { TrackedEndpoint } from './tracked-endpoint';

/** What a picker chooses from. */
export interface Candidates {
  /** Takes the service's endpoints over into its ledger, if they have changed. */
  refresh(): void;
  /** Whether an endpoint serves what is asked for; asked again after the ledger or `version` has changed. */
  isEligible(endpoint: Endpoint): boolean;
  /** Grows when eligibility may have changed. */
  version(): number;
  /** Whether an endpoint should be passed over right now. */
  isBlocked(endpoint: Endpoint): boolean;
  /** Open connections of an endpoint, as far as known. */
  connections(endpoint: Endpoint): number;
}

const NOWHERE: readonly Endpoint[] = [];

/** Picks among the endpoints of one service that serve a route. */
export class ServicePicker implements EndpointPicker, Skip<TrackedEndpoint> {
  private seen = -1;
  private seenContracts = -1;
  private eligible: readonly TrackedEndpoint[] = [];
  /** Whom the pick that is being made passes over. */
  private avoid = NOWHERE;
  private sparesBlocked = true;

  constructor(
    private readonly ledger: ServiceLedger,
    private readonly candidates: Candidates,
    private readonly balancer: Balancer<TrackedEndpoint>,
    private readonly keysOf: ReadCallKeys,
  ) {}

  pick(context: RequestContext, avoid: readonly Endpoint[]): Pick | null {
    const picked = this.choice(context, avoid);
    this.ledger.panicking = this.balancer.panicking;
    return picked === null ? null : this.ledger.begin(picked);
  }

  /** Whom a call would go to. Nothing begins, and nobody else's turn is taken: ask a picker that serves no requests. */
  peek(context: RequestContext): TrackedEndpoint | null {
    return this.choice(context, NOWHERE);
  }

  skips({ endpoint }: TrackedEndpoint): boolean {
    for (const tried of this.avoid)
      if (tried.id === endpoint.id && tried.generation === endpoint.generation) return true;
    return this.sparesBlocked && this.candidates.isBlocked(endpoint);
  }

  /** Another one rather than one that was tried, one that was tried rather than one that would be refused right here. */
  private choice(context: RequestContext, avoid: readonly Endpoint[]): TrackedEndpoint | null {
    this.refresh();
    return (
      this.choose(context, avoid, true) ?? this.choose(context, NOWHERE, true) ?? this.choose(context, NOWHERE, false)
    );
  }

  private choose(context: RequestContext, avoid: readonly Endpoint[], sparesBlocked: boolean): TrackedEndpoint | null {
    this.avoid = avoid;
    this.sparesBlocked = sparesBlocked;
    return context.isTunnel ? this.leastConnected() : this.balancer.pick(this.keysOf(context), this);
  }

  /** For what stays: asking all of them is worth it, and there are few tunnels in a second. */
  private leastConnected(): TrackedEndpoint | null {
    let best: TrackedEndpoint | null = null;
    let [rank, fewest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const tracked of this.eligible) {
      if (this.skips(tracked)) continue;
      const itsRank = this.rankOf(tracked);
      // Those that are being opened count: many open at a time when a node has gone.
      const connections = this.candidates.connections(tracked.endpoint) + tracked.inFlight;
      if (itsRank > rank || (itsRank === rank && connections >= fewest)) continue;
      [best, rank, fewest] = [tracked, itsRank, connections];
    }
    return best;
  }

  private rankOf({ standing }: TrackedEndpoint): number {
    if (standing === 'unreachable') return 2;
    return standing === 'usable' || this.balancer.panicking ? 0 : 1;
  }

  private refresh(): void {
    this.candidates.refresh();
    const contracts = this.candidates.version();
    if (this.ledger.version === this.seen && contracts === this.seenContracts) return;
    this.seen = this.ledger.version;
    this.seenContracts = contracts;
    this.eligible = this.ledger.endpoints.filter(({ endpoint }) => this.candidates.isEligible(endpoint));
    this.balancer.replace(this.eligible);
  }
}
