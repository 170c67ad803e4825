import { isForwarded, type Route, type UpstreamTarget } from '../pipeline/route';
import type { EndpointPicker } from '../pipeline/stages/pick-endpoint';
import type { Endpoint } from './endpoint';
import type { EndpointSource } from './endpoint-sources';
import type { OpenTunnels } from './open-tunnels';
import { ServicePicker } from './service-picker';

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
}

const NONE: readonly Endpoint[] = [];

/** The services that requests go to. Pickers are kept by what they pick, so that they survive a new snapshot. */
export class Upstreams {
  private readonly pickers = new Map<string, EndpointPicker>();

  constructor(private readonly options: UpstreamsOptions) {}

  /** The endpoints of a service that may take something new; the same array until one changes. */
  endpoints(service: string): readonly Endpoint[] {
    for (const source of this.options.sources) {
      const endpoints = source.endpoints(service);
      if (endpoints !== undefined) return endpoints;
    }
    return NONE;
  }

  /** The names of all services, sorted. */
  services(): string[] {
    return [...new Set(this.options.sources.flatMap((source) => source.services()))].sort();
  }

  /** What picks the endpoints of a route. */
  pickerFor({ target }: Route): EndpointPicker {
    if (!isForwarded(target)) throw new TypeError('a route that the gateway answers itself has no endpoints');
    const key = `${target.service} ${target.kind === 'grpc' ? target.path : target.protocol}`;
    let picker = this.pickers.get(key);
    if (picker === undefined) this.pickers.set(key, (picker = this.newPicker(target)));
    return picker;
  }

  private newPicker(target: UpstreamTarget): EndpointPicker {
    const { contracts, tunnels } = this.options;
    const { service } = target;
    return new ServicePicker({
      current: () => this.endpoints(service),
      isEligible: (endpoint) => serves(endpoint, target, contracts),
      version: () => contracts.version(),
      connections: (endpoint) => tunnels.count(service, endpoint) + endpoint.reportedConnections,
    });
  }
}

/** During a rollout an instance only gets the methods that its own contract has. */
function serves(endpoint: Endpoint, target: UpstreamTarget, contracts: ContractMethods): boolean {
  if (target.kind === 'http') return endpoint.protocol !== 'grpc';
  if (endpoint.protocol !== 'grpc') return false;
  return endpoint.contractDigest === '' || contracts.has(endpoint.contractDigest, target.path);
}
