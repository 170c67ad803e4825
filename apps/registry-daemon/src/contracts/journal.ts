import type { ContractEntry } from './contract-entry';

/** Publications in their order, and the contracts' bytes: what is in here was accepted once and for all. */
export interface ContractJournal {
  /** Every publication that can be read, in the order in which they were added. One that was served stands there again. */
  entries(): readonly ContractEntry[];
  /** A contract's bytes; undefined when the journal doesn't have them. */
  read(digest: string): Uint8Array | undefined;
  /**
   * Adds a publication, or that one is served now. When it returns, it is safe on disk.
   * @throws Error when the disk refuses; nothing is added then
   */
  append(entry: ContractEntry, descriptorSet: Uint8Array): void;
}

/** Without a data folder: publications last as long as the process. */
export class MemoryJournal implements ContractJournal {
  readonly #entries: ContractEntry[] = [];
  readonly #sets = new Map<string, Uint8Array>();

  entries(): readonly ContractEntry[] {
    return this.#entries;
  }

  read(digest: string): Uint8Array | undefined {
    return this.#sets.get(digest);
  }

  append(entry: ContractEntry, descriptorSet: Uint8Array): void {
    this.#sets.set(entry.digest, descriptorSet);
    this.#entries.push(entry);
  }
}
