import type { registryV1 } from '@gateway/contracts';
import { isForwarded, type Route } from '../pipeline/route';

/** What is read of the registry's directory. */
export interface ContractDirectory {
  contracts(): readonly Pick<registryV1.ContractRef, 'service' | 'unservedMethods'>[];
}

/**
 * Whether a route's service was ever there. What the registry says counts, so that all edges agree, also after a restart; a
 * service that was there and died is unavailable, which isn't the same.
 */
export class Availability {
  private unserved: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** Services of EDGE_PROTOS that had an endpoint: of them no registry keeps a record. */
  private readonly seen = new Set<string>();

  /** @param canServe whether there is an endpoint for the route now */
  constructor(
    private readonly directory: ContractDirectory | null,
    private readonly canServe: (route: Route) => boolean,
  ) {
    this.refresh();
  }

  /** Takes what the directory says now. */
  refresh(): void {
    const contracts = this.directory?.contracts() ?? [];
    this.unserved = new Map(contracts.map(({ service, unservedMethods }) => [service, new Set(unservedMethods)]));
  }

  /** Whether no instance has served the route's method since it came into its contract, and none does now. */
  neverServed(route: Route): boolean {
    const { target } = route;
    if (!isForwarded(target)) return false;
    if (route.origin === 'contract') {
      const isUnserved = target.kind === 'grpc' && this.unserved.get(target.service)?.has(target.path) === true;
      return isUnserved && !this.canServe(route);
    }
    if (this.seen.has(target.service)) return false;
    if (!this.canServe(route)) return true;
    this.seen.add(target.service);
    return false;
  }
}
