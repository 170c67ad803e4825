import type { Endpoint } from './endpoint';

/** Who holds connections to endpoints. */
export interface ConnectionHolder {
  /** The endpoint is gone, or began a new life: what is held for it must not be used again. */
  release(endpoint: Endpoint): void;
}

/**
 * Has connections closed when their endpoint has gone, and dialled anew when it has a new generation: a service that
 * was restarted at its address must be called at once, whatever happened before.
 */
export class EndpointReaper {
  private readonly known = new Map<string, ReadonlyMap<string, Endpoint>>();

  constructor(private readonly holder: ConnectionHolder) {}

  /** Compares a service's endpoints with those known before. */
  update(service: string, endpoints: readonly Endpoint[]): void {
    const now = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const [id, before] of this.known.get(service) ?? []) {
      const after = now.get(id);
      if (after?.generation !== before.generation || after.address !== before.address) this.holder.release(before);
    }
    this.known.set(service, now);
  }
}
