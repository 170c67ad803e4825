import { create } from '@bufbuild/protobuf';
import { Balancer } from '@gateway/balancing';
import type { Clock } from '@gateway/clock';
import { type LoadBalancingPolicy, LoadBalancingPolicySchema } from '@gateway/contracts';
import type { RequestContext } from '../pipeline/context';
import { isForwarded, type Route, type UpstreamTarget } from '../pipeline/route';
import { balancingPolicy } from './balancing-policy';
import { callKeys } from './call-keys';
import type { Endpoint } from './endpoint';
import { type EndpointChoice, type ServedBy, weigh } from './endpoint-choice';
import type { EndpointSource } from './endpoint-sources';
import type { OpenTunnels } from './open-tunnels';
import { type LedgerListener, ServiceLedger } from './service-ledger';
import { type Candidates, ServicePicker } from './service-picker';

/** Tells which contracts have a method. */
export interface ContractMethods {
  /** Whether the contract of that digest has the method of that gRPC path; false while the contract isn't known. */
  has(digest: string, path: string): boolean;
  /** Grows when another contract becomes known. */
  version(): number;
}

/** What upstreams are made of. */
export interface UpstreamsOptions {
  /** The first one that knows a service wins. */
  readonly sources: readonly EndpointSource[];
  readonly contracts: ContractMethods;
  readonly tunnels: OpenTunnels;
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  /** In [0, 1). */
  readonly random: () => number;
  /** The edge's own zone; '' when it isn't known. */
  readonly zone: string;
  /** Whether a route's calls to an endpoint would be refused right here: it is passed over while others are usable. */
  readonly isBlocked?: (route: Route, endpoint: Endpoint) => boolean;
  /** Makes who is told of a service's calls. */
  readonly listenerFor: (ledger: ServiceLedger) => LedgerListener;
}

const NONE: readonly Endpoint[] = [];
const DEFAULT_BALANCING = create(LoadBalancingPolicySchema);

/** The services that requests go to, and what this edge knows of them. */
export class Upstreams {
  private readonly ledgers = new Map<string, ServiceLedger>();

  constructor(private readonly options: UpstreamsOptions) {}

  /** The endpoints of a service that may take something new; the same array until one changes. */
  endpoints(service: string): readonly Endpoint[] {
    for (const source of this.options.sources) {
      const endpoints = source.endpoints(service);
      if (endpoints !== undefined) return endpoints;
    }
    return NONE;
  }

  /** Whether a route's service has an endpoint for it, usable or not. */
  canServe({ target }: Route): boolean {
    const { contracts } = this.options;
    return (
      isForwarded(target) && this.endpoints(target.service).some((each) => serves(each, target, contracts) === 'yes')
    );
  }

  /** Whether a route's service has an endpoint for it that is well, as far as this edge knows. */
  isWell({ target }: Route): boolean {
    if (!isForwarded(target)) return false;
    const { contracts } = this.options;
    return this.ledgerOf(target.service).endpoints.some(
      ({ standing, endpoint }) => standing === 'usable' && serves(endpoint, target, contracts) === 'yes',
    );
  }

  /** The names of all services, sorted. */
  services(): string[] {
    return [...new Set(this.options.sources.flatMap((source) => source.services()))].sort();
  }

  /** What picks the endpoints of a route. It is the snapshot's; what is known of the endpoints outlives it. */
  pickerFor(route: Route): ServicePicker {
    const { target } = route;
    if (!isForwarded(target)) throw new TypeError('a route that the gateway answers itself has no endpoints');
    const policy: LoadBalancingPolicy = route.policy.loadBalancing ?? DEFAULT_BALANCING;
    const { clock, random, zone } = this.options;
    const balancing = { random, zone, now: () => clock.monotonic() };
    return new ServicePicker(
      this.ledgerOf(target.service),
      this.candidatesFor(route, target),
      new Balancer(balancingPolicy(policy), balancing),
      callKeys(route, policy),
    );
  }

  /** Whom a call of the route would go to now, and why not to the others. Nothing is called or counted. */
  preview(route: Route, context: RequestContext): EndpointChoice[] {
    const { target } = route;
    if (!isForwarded(target)) return [];
    const picked = this.pickerFor(route).peek(context);
    const ledger = this.ledgerOf(target.service);
    const { isBlocked } = this.candidatesFor(route, target);
    return ledger.endpoints.map((tracked) =>
      weigh(ledger.view(tracked), {
        endpoint: tracked.endpoint,
        picked: tracked === picked,
        service: serves(tracked.endpoint, target, this.options.contracts),
        blocked: isBlocked(tracked.endpoint),
      }),
    );
  }

  /** What is known of all services, as of now. */
  all(): readonly ServiceLedger[] {
    const names = new Set([...this.services(), ...this.ledgers.keys()]);
    return [...names].map((service) => this.ledgerOf(service));
  }

  /** What is known of a service, as of now. */
  ledgerOf(service: string): ServiceLedger {
    let ledger = this.ledgers.get(service);
    if (ledger === undefined) this.ledgers.set(service, (ledger = new ServiceLedger(service, this.options)));
    ledger.follow(this.endpoints(service));
    return ledger;
  }

  private candidatesFor(route: Route, target: UpstreamTarget): Candidates {
    const { contracts, tunnels, isBlocked } = this.options;
    const { service } = target;
    const ledger = this.ledgerOf(service);
    return {
      refresh: () => ledger.follow(this.endpoints(service)),
      isEligible: (endpoint) => serves(endpoint, target, contracts) === 'yes',
      version: () => contracts.version(),
      isBlocked: isBlocked === undefined ? () => false : (endpoint) => isBlocked(route, endpoint),
      connections: (endpoint) => tunnels.count(service, endpoint) + endpoint.reportedConnections,
    };
  }
}

/** During a rollout an instance only gets the methods that its own contract has. */
function serves(endpoint: Endpoint, target: UpstreamTarget, contracts: ContractMethods): ServedBy {
  if ((target.kind === 'grpc') !== (endpoint.protocol === 'grpc')) return 'other protocol';
  if (target.kind === 'http' || endpoint.contractDigest === '') return 'yes';
  return contracts.has(endpoint.contractDigest, target.path) ? 'yes' : 'no such method';
}
