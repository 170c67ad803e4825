import type { Lease } from '../lease/lease';
import { isOlder } from '../lease/revisions';
import type { RegistryStore, StoreContent, StoredContract, Unsubscribe } from './registry-store';

/** Standalone: nothing outlives the process, so each start is a new epoch. */
export class MemoryRegistryStore implements RegistryStore {
  readonly #leases = new Map<string, Lease>();
  readonly #contracts = new Map<string, StoredContract>();
  #n = 0n;

  /** @param life unique per process */
  constructor(private readonly life: string) {}

  epoch(): string {
    return this.life;
  }

  available(): boolean {
    return true;
  }

  onChange(): Unsubscribe {
    return () => undefined;
  }

  load(): Promise<StoreContent> {
    return Promise.resolve({ n: this.#n, leases: [...this.#leases.values()] });
  }

  write(_service: string, put: readonly Lease[], removed: readonly Lease[], n: bigint): Promise<void> {
    for (const lease of put) {
      const known = this.#leases.get(keyOf(lease));
      if (!known || !isOlder(lease.generation, known.generation)) this.#leases.set(keyOf(lease), lease);
    }
    for (const lease of removed) {
      const known = this.#leases.get(keyOf(lease));
      if (known && !isOlder(lease.generation, known.generation)) this.#leases.delete(keyOf(lease));
    }
    if (n > this.#n) this.#n = n;
    return Promise.resolve();
  }

  putContract(contract: StoredContract): Promise<void> {
    this.#contracts.set(contract.service, contract);
    return Promise.resolve();
  }

  loadContracts(): Promise<readonly StoredContract[]> {
    return Promise.resolve([...this.#contracts.values()]);
  }
}

const keyOf = ({ service, id }: Lease): string => `${service}/${id}`;
