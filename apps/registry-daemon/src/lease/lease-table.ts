import { clone, create, equals } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { type InstanceKey, type Lease, parseLeaseId } from './lease';
import { isOlder, isSame, type Revisions, type Revision } from './revisions';

/** Told of what changes, in order. Each change has a revision of its own. */
export interface LeaseListener {
  /** A new lease, or one whose instance changed. */
  upserted(lease: Lease, revision: Revision): void;
  /** Renewed without a change that others must see. */
  renewed(lease: Lease): void;
  /** Given up, or run out. */
  removed(lease: Lease, revision: Revision): void;
}

/** What a renewal may change. */
export interface Renewal {
  readonly load?: registryV1.Load;
  /** UNSPECIFIED leaves it. */
  readonly state: registryV1.InstanceState;
}

/** What the registry itself finds out about an instance; what isn't named stays. */
export interface Annotation {
  readonly health?: registryV1.Health;
  /** Null: it is back. */
  readonly ejection?: registryV1.Ejection | null;
}

/** A lease that can't be renewed: it isn't known, or a newer generation of the instance has replaced it. */
export type Refusal = 'unknown' | 'replaced';

interface Held {
  lease: Lease;
  /** Monotonic milliseconds. */
  expiresAt: number;
}

/** The leases that this process knows, by service and instance. Expiry goes by the monotonic clock: setting the time kills nobody. */
export class LeaseTable {
  readonly #services = new Map<string, Map<string, Held>>();

  constructor(
    private readonly clock: Clock,
    private readonly revisions: Revisions,
    private readonly listener: LeaseListener,
  ) {}

  /** Takes a lease under a new generation, replacing the instance's former one. */
  register(init: registryV1.Instance, leaseMs: number): Lease {
    const generation = this.revisions.next();
    const instance = clone(registryV1.InstanceSchema, init);
    instance.generation = create(registryV1.RevisionSchema, generation);
    const lease: Lease = { service: init.service, id: init.id, generation, leaseMs, instance };
    this.#hold(lease, leaseMs);
    this.listener.upserted(lease, generation);
    return lease;
  }

  /** The lease that an id stands for. */
  find(leaseId: string): Lease | Refusal {
    const named = parseLeaseId(leaseId);
    const held = named && this.#services.get(named.service)?.get(named.id);
    if (!named || !held) return 'unknown';
    const { generation } = held.lease;
    if (isOlder(named.generation, generation)) return 'replaced';
    return isSame(named.generation, generation) ? held.lease : 'unknown';
  }

  /** Extends a lease that `find` has found. */
  renew(lease: Lease, { load, state }: Renewal): Lease {
    const known = lease.instance;
    const next = clone(registryV1.InstanceSchema, known);
    next.load = load ?? known.load;
    // A life has one direction: a late "ready" must not undo "draining".
    next.state = Math.max(known.state, state);
    const same = equals(registryV1.InstanceSchema, known, next);
    const renewed = same ? lease : { ...lease, instance: next };
    this.#hold(renewed, lease.leaseMs);
    if (same) this.listener.renewed(renewed);
    else this.listener.upserted(renewed, this.revisions.next());
    return renewed;
  }

  /**
   * Notes what was found out about an instance; others are told like of any other change.
   * @returns null when the instance is gone, or lives under another generation: it is not what was looked at
   */
  annotate(key: InstanceKey, generation: Revision, { health, ejection }: Annotation): Lease | null {
    const known = this.get(key);
    if (!known || !isSame(known.generation, generation)) return null;
    const instance = clone(registryV1.InstanceSchema, known.instance);
    if (health !== undefined) instance.health = health;
    if (ejection !== undefined) instance.ejection = ejection ?? undefined;
    if (equals(registryV1.InstanceSchema, known.instance, instance)) return known;
    const lease = { ...known, instance };
    this.#services.get(key.service)!.get(key.id)!.lease = lease;
    this.listener.upserted(lease, this.revisions.next());
    return lease;
  }

  /** Gives up a lease that `find` has found. */
  deregister(lease: Lease): void {
    this.#drop(lease);
  }

  /** Drops every lease that has run out. @returns those dropped */
  expire(): readonly Lease[] {
    const now = this.clock.monotonic();
    const gone = [...this.#held()].filter(({ expiresAt }) => expiresAt <= now).map(({ lease }) => lease);
    for (const lease of gone) this.#drop(lease);
    return gone;
  }

  /** Gives every lease that much longer: for a time in which nobody could renew. */
  extend(ms: number): void {
    for (const held of this.#held()) held.expiresAt += ms;
  }

  /** Takes a lease that the store held, for its whole length from now: nobody could renew it meanwhile. False: known already. */
  restore(lease: Lease): boolean {
    if (this.get(lease)) return false;
    this.#hold(lease, lease.leaseMs);
    this.listener.upserted(lease, this.revisions.next());
    return true;
  }

  get({ service, id }: InstanceKey): Lease | undefined {
    return this.#services.get(service)?.get(id)?.lease;
  }

  /** The leases of a service. */
  of(service: string): readonly Lease[] {
    return [...(this.#services.get(service)?.values() ?? [])].map(({ lease }) => lease);
  }

  all(): readonly Lease[] {
    return [...this.#held()].map(({ lease }) => lease);
  }

  /** Services that have an instance, with how many. */
  counts(): ReadonlyMap<string, number> {
    return new Map([...this.#services].map(([service, held]) => [service, held.size]));
  }

  *#held(): Iterable<Held> {
    for (const held of this.#services.values()) yield* held.values();
  }

  #hold(lease: Lease, ms: number): void {
    let held = this.#services.get(lease.service);
    if (!held) this.#services.set(lease.service, (held = new Map()));
    held.set(lease.id, { lease, expiresAt: this.clock.monotonic() + ms });
  }

  #drop(lease: Lease): void {
    const held = this.#services.get(lease.service)!;
    held.delete(lease.id);
    if (held.size === 0) this.#services.delete(lease.service);
    this.listener.removed(lease, this.revisions.next());
  }
}
