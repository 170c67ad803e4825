import type { Clock } from '@gateway/clock';
import type { ContractEntry } from '../contracts/contract-entry';
import { type InstanceKey, keyOf, type Lease, type Life } from '../lease/lease';
import { compareGenerations } from '../lease/revisions';
import {
  GONE_MS,
  KEPT_CONTRACTS,
  type LeaseBatch,
  type RegistryStore,
  type StoreChange,
  type StoreContent,
  type StoredContract,
  type StoreFollower,
  type Unsubscribe,
  type WriteOutcome,
} from './registry-store';

interface Stored {
  readonly life: Life;
  /** Null: that life was given up. */
  readonly lease: Lease | null;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

const NOTHING: StoreChange = { upserted: [], removed: [], expired: [], contracts: [] };

/** Standalone: nothing outlives the process, so each start is a new epoch. */
export class MemoryRegistryStore implements RegistryStore {
  readonly #leases = new Map<string, Stored>();
  readonly #contracts = new Map<string, StoredContract[]>();
  readonly #followers = new Set<StoreFollower>();
  #n = 0n;

  /** @param life unique per process */
  constructor(
    private readonly life: string,
    private readonly clock: Clock,
  ) {}

  epoch(): string {
    return this.life;
  }

  available(): boolean {
    return true;
  }

  onChange(): Unsubscribe {
    return () => undefined;
  }

  async load(): Promise<StoreContent> {
    const now = this.clock.monotonic();
    for (const [key, { lease, expiresAt }] of this.#leases)
      if (lease === null && expiresAt <= now) this.#leases.delete(key);
    return { n: this.#n, leases: [...this.#leases.values()].flatMap(({ lease }) => lease ?? []) };
  }

  async find(key: InstanceKey): Promise<Lease | null> {
    return this.#leases.get(keyOf(key))?.lease ?? null;
  }

  async write({ put, renewed, removed, n }: LeaseBatch): Promise<WriteOutcome> {
    const better: Stored[] = [];
    const missing: Lease[] = [];
    const upserted = put.filter((each) => this.#put(each.lease, each.renewed, better)).map(({ lease }) => lease);
    for (const lease of renewed) this.#renew(lease, better, missing);
    const gone = removed.filter((life) => this.#remove(life));
    if (n > this.#n) this.#n = n;
    this.#tell({ upserted, removed: gone });
    return {
      newer: better.flatMap(({ lease }) => lease ?? []),
      gone: better.filter(({ lease }) => lease === null).map(({ life }) => life),
      missing,
    };
  }

  async remaining(_service: string, lives: readonly Life[]): Promise<readonly (number | null)[]> {
    const now = this.clock.monotonic();
    return lives.map((life) => (this.#has(life) ? this.#leases.get(keyOf(life))!.expiresAt - now : null));
  }

  async expire(_service: string, lives: readonly Life[]): Promise<readonly Life[]> {
    const now = this.clock.monotonic();
    const removed = lives.filter((life) => this.#has(life) && this.#leases.get(keyOf(life))!.expiresAt <= now);
    for (const life of removed) this.#leases.delete(keyOf(life));
    this.#tell({ expired: removed });
    return removed;
  }

  follow(follower: StoreFollower): Unsubscribe {
    this.#followers.add(follower);
    follower.lost();
    return () => this.#followers.delete(follower);
  }

  async putContract(contract: StoredContract): Promise<void> {
    const { service } = contract;
    const isOther = ({ publishedAt, digest }: ContractEntry): boolean =>
      publishedAt !== contract.publishedAt || digest !== contract.digest;
    const known = this.#contracts.get(service) ?? [];
    const others = known.filter(isOther);
    // Once served, always served.
    const kept = [...others, { ...known.find((each) => !isOther(each)), ...contract }].sort(
      (one, other) => one.publishedAt - other.publishedAt,
    );
    this.#contracts.set(service, kept.slice(-KEPT_CONTRACTS));
    this.#tell({ contracts: [service] });
  }

  async contracts(service?: string): Promise<readonly ContractEntry[]> {
    const kept = service === undefined ? [...this.#contracts.values()].flat() : (this.#contracts.get(service) ?? []);
    return kept.map(({ descriptorSet: _bytes, ...entry }) => entry);
  }

  async descriptorSet(service: string, digest: string): Promise<Uint8Array | null> {
    return this.#contracts.get(service)?.find((contract) => contract.digest === digest)?.descriptorSet ?? null;
  }

  #has(life: Life): boolean {
    const stored = this.#leases.get(keyOf(life));
    return !!stored?.lease && compareGenerations(stored.life.generation, life.generation) === 0;
  }

  /** @returns whether it was taken; where something better stands, that is among the better ones */
  #put(lease: Lease, renewed: boolean, better: Stored[]): boolean {
    const known = this.#leases.get(keyOf(lease));
    const order = known ? compareGenerations(lease.generation, known.life.generation) : 1;
    const fresh = this.clock.monotonic() + lease.leaseMs;
    if (!known || order > 0) {
      this.#leases.set(keyOf(lease), { life: lease, lease, expiresAt: fresh });
      return true;
    }
    const isLate = order < 0 || !known.lease || known.lease.revision > lease.revision;
    if (isLate) better.push(known);
    if (order < 0 || !known.lease) return false;
    const expiresAt = renewed ? fresh : known.expiresAt;
    this.#leases.set(keyOf(lease), { life: lease, lease: isLate ? known.lease : lease, expiresAt });
    return !isLate;
  }

  #renew(lease: Lease, better: Stored[], missing: Lease[]): void {
    const known = this.#leases.get(keyOf(lease));
    const order = known ? compareGenerations(lease.generation, known.life.generation) : 1;
    if (order > 0) missing.push(lease);
    else if (order < 0 || !known!.lease) better.push(known!);
    else this.#leases.set(keyOf(lease), { ...known!, expiresAt: this.clock.monotonic() + lease.leaseMs });
  }

  #remove({ service, id, generation }: Life): boolean {
    const life = { service, id, generation };
    const known = this.#leases.get(keyOf(life));
    if (known && compareGenerations(generation, known.life.generation) < 0) return false;
    this.#leases.set(keyOf(life), { life, lease: null, expiresAt: this.clock.monotonic() + GONE_MS });
    return true;
  }

  #tell(change: Partial<StoreChange>): void {
    for (const follower of this.#followers) follower.changed({ ...NOTHING, ...change });
  }
}
