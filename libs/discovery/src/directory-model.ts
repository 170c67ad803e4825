import { equals } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';

type Instance = registryV1.Instance;
type ContractRef = registryV1.ContractRef;

/** What one message of the watch, or the end of a grace, changed. */
export interface DirectoryChange {
  /** The services whose instances changed. */
  readonly services: ReadonlySet<string>;
  /** Which contract is in force changed for some service, or what of it was served, or a contract's bytes have arrived. */
  readonly contracts: boolean;
}

/** What the directory holds, to be saved. */
export interface DirectoryContent {
  readonly epoch: string;
  readonly instances: readonly Instance[];
  readonly contracts: readonly ContractRef[];
}

type Point = Pick<registryV1.Revision, 'epoch' | 'n'>;

interface Held {
  readonly instance: Instance;
  /** Known from an earlier epoch only: dropped at that time (monotonic) unless the new epoch names it. Null: in force. */
  readonly until: number | null;
}

const NONE: readonly Instance[] = [];

/** The registry's state as its watch tells it, whose order is the truth. Pure: time comes with each call. */
export class DirectoryModel {
  #epoch = '';
  #services = new Map<string, Map<string, Held>>();
  #contracts = new Map<string, ContractRef>();
  /** Made when asked for, dropped when the service changes: callers compare by identity. */
  #lists = new Map<string, readonly Instance[]>();

  /** @param graceMs how long instances of an earlier epoch are kept: at least the time between two renewals */
  constructor(private readonly graceMs: number) {}

  instances(service: string): readonly Instance[] {
    const known = this.#lists.get(service);
    if (known) return known;
    const held = this.#services.get(service);
    if (!held) return NONE;
    const list = [...held.values()].map(({ instance }) => instance);
    this.#lists.set(service, list);
    return list;
  }

  services(): string[] {
    return [...this.#services.keys()].sort();
  }

  contracts(): readonly ContractRef[] {
    return [...this.#contracts.values()];
  }

  content(): DirectoryContent {
    const instances = this.services().flatMap((service) => this.instances(service));
    return { epoch: this.#epoch, instances, contracts: this.contracts() };
  }

  /** Begins with what was saved: the last known good until the registry speaks. */
  restore({ epoch, instances, contracts }: DirectoryContent): void {
    this.#epoch = epoch;
    for (const instance of instances) this.#put(instance);
    for (const contract of contracts) this.#setContract(contract);
  }

  /** Takes one message of the watch. Null: it changed nothing. */
  apply({ event, revision }: registryV1.WatchResponse, now: number): DirectoryChange | null {
    const services = new Set<string>();
    let contracts = false;
    if (event.case === 'snapshot') {
      this.#replace(event.value.instances, revision ?? UNNUMBERED, now, services);
      for (const contract of event.value.contracts) contracts = this.#setContract(contract) || contracts;
    } else if (event.case === 'upserted') {
      if (this.#put(event.value)) services.add(event.value.service);
    } else if (event.case === 'removed') {
      if (this.#drop(event.value.service, event.value.id)) services.add(event.value.service);
    } else if (event.case === 'contract') contracts = this.#setContract(event.value);
    // A watch that goes on over a new epoch has missed nothing: its registry held everything.
    if (revision) this.#epoch = revision.epoch;
    return changed(services, contracts);
  }

  /** Drops what earlier epochs left behind and the present one hasn't named in time. */
  expire(now: number): DirectoryChange | null {
    const services = new Set<string>();
    for (const [service, held] of this.#services)
      for (const [id, { until }] of held)
        if (until !== null && until <= now && this.#drop(service, id)) services.add(service);
    return changed(services, false);
  }

  /** When `expire` next has something to do; null: never. */
  nextExpiry(): number | null {
    let next: number | null = null;
    for (const held of this.#services.values())
      for (const { until } of held.values()) if (until !== null && (next === null || until < next)) next = until;
    return next;
  }

  /**
   * Within an epoch a snapshot is the whole truth up to its revision: whoever came later is unknown to it, which happens
   * after a move to a registry that is a moment behind. A new epoch means that the store was lost: it lacks whoever
   * hasn't renewed yet. Both are kept for a while.
   */
  #replace(instances: readonly Instance[], at: Point, now: number, services: Set<string>): void {
    const lost = at.epoch !== this.#epoch;
    const named = new Set(instances.map(({ service, id }) => `${service}\n${id}`));
    for (const [service, held] of this.#services) {
      for (const [id, { instance, until }] of held) {
        if (named.has(`${service}\n${id}`)) continue;
        if (lost || (until === null && isLater(instance.generation, at)))
          held.set(id, { instance, until: now + this.graceMs });
        // Whoever is waited for since an earlier snapshot still has his time.
        else if (until === null && this.#drop(service, id)) services.add(service);
      }
    }
    for (const instance of instances) if (this.#put(instance)) services.add(instance.service);
  }

  #put(instance: Instance): boolean {
    let held = this.#services.get(instance.service);
    if (!held) this.#services.set(instance.service, (held = new Map()));
    const known = held.get(instance.id)?.instance;
    // Told by a registry that is a moment behind: the life that replaced this one is known already.
    if (known && instance.generation && isLater(known.generation, instance.generation)) return false;
    held.set(instance.id, { instance, until: null });
    // A watch that was opened again tells everything again.
    if (known && equals(registryV1.InstanceSchema, known, instance)) return false;
    this.#lists.delete(instance.service);
    return true;
  }

  #drop(service: string, id: string): boolean {
    const held = this.#services.get(service);
    if (!held?.delete(id)) return false;
    if (held.size === 0) this.#services.delete(service);
    this.#lists.delete(service);
    return true;
  }

  /** There is no message that takes a contract away: a service keeps its last one, also over a new epoch. */
  #setContract(contract: ContractRef): boolean {
    const known = this.#contracts.get(contract.service);
    const isSame = known?.digest === contract.digest;
    // Once served, always served: a registry that was away may know less of that than another has told.
    const told = contract.unservedMethods;
    const unserved = isSame ? told.filter((path) => known.unservedMethods.includes(path)) : told;
    this.#contracts.set(contract.service, { ...contract, unservedMethods: unserved });
    return !isSame || unserved.length !== known.unservedMethods.length;
  }
}

const UNNUMBERED: Point = { epoch: '', n: 0n };

/** False when the two have no order. */
const isLater = (one: Point | undefined, other: Point): boolean => one?.epoch === other.epoch && one.n > other.n;

const changed = (services: ReadonlySet<string>, contracts: boolean): DirectoryChange | null =>
  services.size > 0 || contracts ? { services, contracts } : null;
