import type { Endpoint } from './endpoint';

/** Who holds something for endpoints: connections, breakers, limits. */
export interface EndpointHolder {
  /** The endpoint is gone, or began a new life: what is held for it must not be used again. */
  release(endpoint: Endpoint): void;
}

/**
 * Has what is held for an endpoint forgotten when that has gone, or has a new generation: a service that was restarted at
 * its address must be called at once, whatever happened before.
 */
export class EndpointReaper {
  private readonly known = new Map<string, ReadonlyMap<string, Endpoint>>();

  constructor(private readonly holders: readonly EndpointHolder[]) {}

  /** Compares a service's endpoints with those known before. */
  update(service: string, endpoints: readonly Endpoint[]): void {
    const now = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const [id, before] of this.known.get(service) ?? []) {
      const after = now.get(id);
      if (after?.generation === before.generation && after.address === before.address) continue;
      for (const holder of this.holders) holder.release(before);
    }
    this.known.set(service, now);
  }
}
