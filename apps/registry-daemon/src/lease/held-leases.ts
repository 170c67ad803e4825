import type { registryV1 } from '@gateway/contracts';
import type { InstanceKey, Lease } from './lease';

/** A lease and what this daemon knows of its end. */
export interface Held {
  lease: Lease;
  /** Monotonic milliseconds. */
  expiresAt: number;
  /** Its latest renewal came to this daemon, so that nobody else knows of a later one. */
  renewedHere: boolean;
  /** Since when it is known to have run out, in monotonic milliseconds; null: it wasn't judged yet. */
  overdueSince: number | null;
  /** The latest, told to others or not. */
  load: registryV1.Load | undefined;
}

/** Leases by service and instance. */
export class HeldLeases implements Iterable<Held> {
  readonly #services = new Map<string, Map<string, Held>>();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  get({ service, id }: InstanceKey): Held | undefined {
    return this.#services.get(service)?.get(id);
  }

  /** Adds it, in the place of the instance's former one. */
  set(held: Held): void {
    const { service, id } = held.lease;
    let instances = this.#services.get(service);
    if (!instances) this.#services.set(service, (instances = new Map()));
    if (!instances.has(id)) this.#size += 1;
    instances.set(id, held);
  }

  /** Takes out one that is here. */
  delete({ service, id }: InstanceKey): void {
    const instances = this.#services.get(service)!;
    instances.delete(id);
    this.#size -= 1;
    if (instances.size === 0) this.#services.delete(service);
  }

  /** The leases of a service. */
  of(service: string): readonly Lease[] {
    return [...(this.#services.get(service)?.values() ?? [])].map(({ lease }) => lease);
  }

  /** Services that have an instance, with how many. */
  counts(): ReadonlyMap<string, number> {
    return new Map([...this.#services].map(([service, instances]) => [service, instances.size]));
  }

  *[Symbol.iterator](): Iterator<Held> {
    for (const instances of this.#services.values()) yield* instances.values();
  }
}
