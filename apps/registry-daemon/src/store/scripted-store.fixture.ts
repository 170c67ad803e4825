import type { Clock } from '@gateway/clock';
import type { ContractEntry } from '../contracts/contract-entry';
import type { InstanceKey, Lease, Life } from '../lease/lease';
import { MemoryRegistryStore } from './memory-registry-store';
import type {
  LeaseBatch,
  RegistryStore,
  StoreContent,
  StoredContract,
  StoreFollower,
  Unsubscribe,
  WriteOutcome,
} from './registry-store';

/** A store that a test takes away, makes fail, holds up, and empties. Several daemons may share one. */
export class ScriptedStore implements RegistryStore {
  #inner: MemoryRegistryStore;
  #up = true;
  #held: Promise<void> | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #followers = new Map<StoreFollower, Unsubscribe>();
  /** Calls that fail before any succeed. */
  failures = 0;
  /** Whether followers are told nothing, as when hints and stream are lost. */
  deaf = false;
  /** Writes that arrived, one line each: put, renewed, removed. */
  readonly writes: string[] = [];

  constructor(private readonly clock: Clock) {
    this.#inner = new MemoryRegistryStore('life-1', clock);
  }

  epoch(): string | null {
    return this.#inner.epoch();
  }

  available(): boolean {
    return this.#up;
  }

  onChange(listener: () => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What it holds, whether or not it answers: the ids of leases, and the contracts. */
  async content(): Promise<{ ids: string[]; contracts: readonly ContractEntry[] }> {
    const { leases } = await this.#inner.load();
    return { ids: leases.map(({ id }) => id).sort(), contracts: await this.#inner.contracts() };
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size + this.#followers.size;
  }

  goAway(): void {
    this.#up = false;
    this.#tell();
  }

  comeBack(): void {
    this.#up = true;
    this.#tell();
  }

  /** Back, in another life. */
  comeBackEmpty(life: string): void {
    this.#inner = new MemoryRegistryStore(life, this.clock);
    for (const follower of [...this.#followers.keys()]) this.#followers.set(follower, this.#attach(follower));
    this.comeBack();
  }

  /** Answers nothing until what it returns is called. */
  hold(): () => void {
    let release = (): void => undefined;
    this.#held = new Promise((resolve) => (release = resolve));
    return release;
  }

  load(): Promise<StoreContent> {
    return this.#answer(() => this.#inner.load());
  }

  find(key: InstanceKey): Promise<Lease | null> {
    return this.#answer(() => this.#inner.find(key));
  }

  write(batch: LeaseBatch): Promise<WriteOutcome> {
    return this.#answer(() => {
      const { service, put, renewed, removed } = batch;
      const ids = [put.map(({ lease }) => lease), renewed, removed].map((lives) => lives.map(({ id }) => id).join());
      this.writes.push(`${service} +${ids[0]} ~${ids[1]} -${ids[2]}`);
      return this.#inner.write(batch);
    });
  }

  remaining(service: string, lives: readonly Life[]): Promise<readonly (number | null)[]> {
    return this.#answer(() => this.#inner.remaining(service, lives));
  }

  expire(service: string, lives: readonly Life[]): Promise<readonly Life[]> {
    return this.#answer(() => this.#inner.expire(service, lives));
  }

  follow(follower: StoreFollower): Unsubscribe {
    this.#followers.set(follower, this.#attach(follower));
    return () => {
      this.#followers.get(follower)?.();
      this.#followers.delete(follower);
    };
  }

  putContract(contract: StoredContract): Promise<void> {
    return this.#answer(() => this.#inner.putContract(contract));
  }

  contracts(service?: string): Promise<readonly ContractEntry[]> {
    return this.#answer(() => this.#inner.contracts(service));
  }

  descriptorSet(service: string, digest: string): Promise<Uint8Array | null> {
    return this.#answer(() => this.#inner.descriptorSet(service, digest));
  }

  #attach(follower: StoreFollower): Unsubscribe {
    return this.#inner.follow({
      changed: (change) => !this.deaf && follower.changed(change),
      lost: () => follower.lost(),
    });
  }

  async #answer<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    await Promise.resolve();
    const asked = this.#inner;
    if (!this.#up) throw new Error('the store is away');
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the store fails');
    }
    const answer = await call();
    await this.#held;
    if (asked !== this.#inner) throw new Error('the store has lost its data');
    return answer;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
