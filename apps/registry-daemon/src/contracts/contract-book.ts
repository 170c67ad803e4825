import { type CompiledContract, compileContract } from '@gateway/contracts';
import type { ContractEntry } from './contract-entry';
import type { ContractJournal } from './journal';

/** A contract that is in force. */
export interface ContractInForce {
  readonly entry: ContractEntry;
  /** Null when this version of the platform would no longer accept it: it stays, and claims nothing. */
  readonly compiled: CompiledContract | null;
}

/** Which contract is in force for each service, and which were. */
export class ContractBook {
  readonly #inForce = new Map<string, ContractInForce>();
  readonly #history = new Map<string, ContractEntry[]>();

  constructor(private readonly journal: ContractJournal) {
    for (const entry of journal.entries()) this.#remember(entry);
    for (const entries of this.#history.values()) this.#enforce(entries.at(-1)!, null);
  }

  inForce(): readonly ContractInForce[] {
    return [...this.#inForce.values()];
  }

  /** The contract in force of a service. */
  current(service: string): ContractInForce | undefined {
    return this.#inForce.get(service);
  }

  /** Every publication of a service that is kept, the oldest first. */
  history(service: string): readonly ContractEntry[] {
    return this.#history.get(service) ?? [];
  }

  /** The latest publication of these bytes, by any service. */
  find(digest: string): ContractEntry | undefined {
    for (const entries of this.#history.values()) {
      const found = entries.findLast((entry) => entry.digest === digest);
      if (found) return found;
    }
    return undefined;
  }

  /** A contract's bytes. */
  descriptorSet(digest: string): Uint8Array | undefined {
    return this.journal.read(digest);
  }

  /**
   * Puts a contract in force.
   * @throws Error when the journal can't be written; nothing has changed then
   */
  publish(entry: ContractEntry, descriptorSet: Uint8Array, compiled: CompiledContract): void {
    this.journal.append(entry, descriptorSet);
    this.#remember(entry);
    this.#enforce(entry, compiled);
  }

  #remember(entry: ContractEntry): void {
    const entries = this.#history.get(entry.service);
    if (entries) entries.push(entry);
    else this.#history.set(entry.service, [entry]);
  }

  #enforce(entry: ContractEntry, compiled: CompiledContract | null): void {
    this.#inForce.set(entry.service, { entry, compiled: compiled ?? this.#compile(entry.digest) });
  }

  #compile(digest: string): CompiledContract | null {
    const bytes = this.journal.read(digest);
    try {
      return bytes ? compileContract(bytes) : null;
    } catch {
      return null;
    }
  }
}
