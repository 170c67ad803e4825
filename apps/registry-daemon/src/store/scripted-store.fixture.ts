import type { Lease } from '../lease/lease';
import { MemoryRegistryStore } from './memory-registry-store';
import type { RegistryStore, StoreContent, StoredContract, Unsubscribe } from './registry-store';

/** A store that a test takes away, makes fail, and empties. */
export class ScriptedStore implements RegistryStore {
  #inner = new MemoryRegistryStore('life-1');
  #up = true;
  readonly #listeners = new Set<() => void>();
  /** Calls that fail before any succeed. */
  failures = 0;
  /** Writes that arrived, one line each. */
  readonly writes: string[] = [];

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
  async content(): Promise<{ ids: string[]; contracts: readonly StoredContract[] }> {
    const { leases } = await this.#inner.load();
    return { ids: leases.map(({ id }) => id).sort(), contracts: await this.#inner.loadContracts() };
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
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
    this.#inner = new MemoryRegistryStore(life);
    this.comeBack();
  }

  async load(): Promise<StoreContent> {
    await this.#answer();
    return this.#inner.load();
  }

  async write(service: string, put: readonly Lease[], removed: readonly Lease[], n: bigint): Promise<void> {
    await this.#answer();
    this.writes.push(`${service} +${put.map(({ id }) => id).join()} -${removed.map(({ id }) => id).join()}`);
    await this.#inner.write(service, put, removed, n);
  }

  async putContract(contract: StoredContract): Promise<void> {
    await this.#answer();
    await this.#inner.putContract(contract);
  }

  async loadContracts(): Promise<readonly StoredContract[]> {
    await this.#answer();
    return this.#inner.loadContracts();
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (!this.#up) throw new Error('the store is away');
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new Error('the store fails');
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
