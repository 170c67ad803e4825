import { clone, create, equals } from '@bufbuild/protobuf';
import type { Clock } from '@gateway/clock';
import { registryV1 } from '@gateway/contracts';
import { type Held, HeldLeases } from './held-leases';
import { changed, type InstanceKey, type Lease, type Life, mergeLeases, parseLeaseId } from './lease';
import { isRelevantLoad } from './load-change';
import { compareGenerations, isOlder, isSame, type Revisions, type Revision } from './revisions';

/**
 * Why others are told of a lease. `renewed`: registered or renewed here. `noted`: changed here without a renewal; `load`:
 * nothing but its load. `learnt`: the store has it so, from another daemon; `learnt load`: nothing but another load.
 */
export type UpsertCause = 'renewed' | 'noted' | 'load' | 'learnt' | 'learnt load';
/** Why a lease has gone. `learnt`: it is gone from the store already. */
export type RemovalCause = 'deregistered' | 'expired' | 'learnt';

/** Told of what changes, in order. Each change has a revision of its own. */
export interface LeaseListener {
  /** A new lease, or one whose instance changed. */
  upserted(lease: Lease, revision: Revision, cause: UpsertCause): void;
  /** Renewed without a change that others must see. */
  renewed(lease: Lease): void;
  removed(lease: Lease, revision: Revision, cause: RemovalCause): void;
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

/** A lease that has run out as far as this daemon knows. */
export type DueLease = Readonly<Pick<Held, 'lease' | 'renewedHere' | 'overdueSince'>>;

/** The leases that this process knows, by service and instance. Expiry goes by the monotonic clock: setting the time kills nobody. */
export class LeaseTable {
  readonly #held = new HeldLeases();
  /** Those whose load others haven't heard yet. */
  readonly #untold = new Set<Held>();

  constructor(
    private readonly clock: Clock,
    private readonly revisions: Revisions,
    private readonly listener: LeaseListener,
  ) {}

  /** How many there are. */
  get size(): number {
    return this.#held.size;
  }

  /** Takes a lease under a new generation, replacing the instance's former one. */
  register(init: registryV1.Instance, leaseMs: number): Lease {
    const generation = this.revisions.next();
    const instance = clone(registryV1.InstanceSchema, init);
    instance.generation = create(registryV1.RevisionSchema, generation);
    const { service, id } = init;
    const lease: Lease = { service, id, generation, leaseMs, instance, revision: generation.n };
    this.#hold(lease, true);
    this.listener.upserted(lease, generation, 'renewed');
    return lease;
  }

  /** The lease that an id stands for. */
  find(leaseId: string): Lease | Refusal {
    const named = parseLeaseId(leaseId);
    const held = named && this.#held.get(named);
    if (!held) return 'unknown';
    const { generation } = held.lease;
    if (isOlder(named.generation, generation)) return 'replaced';
    return isSame(named.generation, generation) ? held.lease : 'unknown';
  }

  /** Extends a lease that `find` has found. A new state is told at once, a new load with `tellLoads`. */
  renew(lease: Lease, { load, state }: Renewal): Lease {
    const held = this.#held.get(lease)!;
    this.#extend(held, lease.leaseMs);
    held.renewedHere = true;
    held.load = load ?? held.load;
    // A life has one direction: a late "ready" must not undo "draining".
    if (state > lease.instance.state) return this.#tell(held, { state, load: held.load }, 'renewed');
    if (isRelevantLoad(lease.instance.load, held.load)) this.#untold.add(held);
    this.listener.renewed(lease);
    return lease;
  }

  /** Tells others the loads that changed since the last time. */
  tellLoads(): void {
    for (const held of this.#untold)
      if (this.#held.get(held.lease) === held && isRelevantLoad(held.lease.instance.load, held.load))
        this.#tell(held, { load: held.load }, 'load');
    this.#untold.clear();
  }

  /**
   * Notes what was found out about an instance; others are told like of any other change.
   * @returns null when the instance is gone, or lives under another generation: it is not what was looked at
   */
  annotate(key: InstanceKey, generation: Revision, { health, ejection }: Annotation): Lease | null {
    const held = this.#held.get(key);
    if (!held || !isSame(held.lease.generation, generation)) return null;
    const known = held.lease.instance;
    const next = changed(known, {
      health: health ?? known.health,
      ejection: ejection === undefined ? known.ejection : (ejection ?? undefined),
    });
    return equals(registryV1.InstanceSchema, known, next) ? held.lease : this.#tell(held, next, 'noted');
  }

  /** Gives up a lease that `find` has found. */
  deregister(lease: Lease): void {
    this.#drop(lease, 'deregistered');
  }

  /** Ends a lease that ran out. */
  expire(lease: Lease): void {
    this.#drop(lease, 'expired');
  }

  /**
   * Takes what another daemon, or the store, knows of an instance. One that wasn't known lasts its whole length from now:
   * nobody could renew it here. Whether a known one was renewed is asked when it runs out.
   */
  learn(lease: Lease): void {
    this.revisions.saw(lease.generation.n);
    this.revisions.saw(lease.revision);
    const held = this.#held.get(lease);
    if (!held) return this.#learnLife(lease);
    const merged = mergeLeases(held.lease, lease);
    if (merged === held.lease) return;
    if (merged !== lease) this.#tell(held, merged.instance, 'noted');
    else if (isSame(lease.generation, held.lease.generation)) this.#learnChange(held, lease);
    else this.#learnLife(lease);
  }

  /** Another daemon has ended that life of an instance. @returns whether it was here */
  forget({ service, id, generation }: Life): boolean {
    const lease = this.get({ service, id });
    if (!lease || compareGenerations(lease.generation, generation) > 0) return false;
    this.#drop(lease, 'learnt');
    return true;
  }

  /** The leases that have run out, as far as is known here. */
  due(): readonly DueLease[] {
    const now = this.clock.monotonic();
    return [...this.#held].filter(({ expiresAt }) => expiresAt <= now);
  }

  /** Whether this very lease is here still, and still not renewed. */
  isDue(lease: Lease): boolean {
    const held = this.#held.get(lease);
    return held?.lease === lease && held.expiresAt <= this.clock.monotonic();
  }

  /** Whether this life of an instance was renewed here, and that still counts. */
  isRenewed(life: Life): boolean {
    const held = this.#held.get(life);
    if (!held?.renewedHere || held.overdueSince !== null || held.expiresAt <= this.clock.monotonic()) return false;
    return isSame(held.lease.generation, life.generation);
  }

  /** Those that are known to have run out and are still here. */
  get overdue(): number {
    let count = 0;
    for (const { overdueSince } of this.#held) if (overdueSince !== null) count += 1;
    return count;
  }

  /** It was renewed elsewhere: it lasts that long from now. */
  prolong(lease: Lease, ms: number): void {
    const held = this.#held.get(lease)!;
    this.#extend(held, ms);
    held.renewedHere = false;
  }

  /** It has run out, and stays until it is judged again. @param overdue known to have run out, not only to be asked about again */
  postpone(lease: Lease, ms: number, overdue: boolean): void {
    const held = this.#held.get(lease)!;
    const now = this.clock.monotonic();
    held.expiresAt = now + ms;
    if (overdue) held.overdueSince ??= now;
  }

  /** Gives every lease that much longer: for a time in which nobody could renew. */
  extend(ms: number): void {
    for (const held of this.#held) held.expiresAt += ms;
  }

  get(key: InstanceKey): Lease | undefined {
    return this.#held.get(key)?.lease;
  }

  /** The leases of a service. */
  of(service: string): readonly Lease[] {
    return this.#held.of(service);
  }

  all(): readonly Lease[] {
    return [...this.#held].map(({ lease }) => lease);
  }

  /** Services that have an instance, with how many. */
  counts(): ReadonlyMap<string, number> {
    return this.#held.counts();
  }

  #hold(lease: Lease, renewedHere: boolean): void {
    const expiresAt = this.clock.monotonic() + lease.leaseMs;
    this.#held.set({ lease, expiresAt, renewedHere, overdueSince: null, load: lease.instance.load });
  }

  #extend(held: Held, ms: number): void {
    held.expiresAt = this.clock.monotonic() + ms;
    held.overdueSince = null;
  }

  #learnLife(lease: Lease): void {
    this.#hold(lease, false);
    this.listener.upserted(lease, this.revisions.next(), 'learnt');
  }

  #learnChange(held: Held, lease: Lease): void {
    const known = held.lease.instance;
    held.lease = lease;
    held.load = lease.instance.load;
    if (equals(registryV1.InstanceSchema, known, lease.instance)) return;
    const loaded = changed(known, { load: lease.instance.load });
    const isLoad = equals(registryV1.InstanceSchema, loaded, lease.instance);
    this.listener.upserted(lease, this.revisions.next(), isLoad ? 'learnt load' : 'learnt');
  }

  #tell(held: Held, change: Partial<registryV1.Instance>, cause: UpsertCause): Lease {
    const revision = this.revisions.next();
    held.lease = { ...held.lease, instance: changed(held.lease.instance, change), revision: revision.n };
    this.listener.upserted(held.lease, revision, cause);
    return held.lease;
  }

  #drop(lease: Lease, cause: RemovalCause): void {
    this.#held.delete(lease);
    this.listener.removed(lease, this.revisions.next(), cause);
  }
}
