import { type CompiledContract, compileContract, MockPolicy } from '@gateway/contracts';
import { type ContractEntry, comparePublications } from './contract-entry';
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
  /** gRPC paths of the methods that some instance has served, by service. */
  readonly #served = new Map<string, Set<string>>();

  constructor(private readonly journal: ContractJournal) {
    for (const entry of journal.entries()) this.#remember(entry);
    for (const entries of this.#history.values()) this.#enforce(entries.at(-1)!, null);
    for (const entry of [...this.#history.values()].flat()) if (entry.servedAt !== undefined) this.#addServed(entry);
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

  /** When the latest publication of all was made, in milliseconds since the Unix epoch; 0: there is none. */
  get latestAt(): number {
    let latest = 0;
    for (const entries of this.#history.values()) latest = Math.max(latest, entries.at(-1)!.publishedAt);
    return latest;
  }

  /** Whether this very publication is known. */
  has(entry: ContractEntry): boolean {
    return this.history(entry.service).some((known) => comparePublications(known, entry) === 0);
  }

  /**
   * Adds a publication, in the order in which publications were made, which may be before others that are known. The
   * latest one of a service is in force.
   * @returns whether it is in force now
   * @throws Error when the journal can't be written; nothing has changed then
   */
  publish(entry: ContractEntry, descriptorSet: Uint8Array, compiled: CompiledContract): boolean {
    this.journal.append(entry, descriptorSet);
    this.#remember(entry);
    const isLatest = this.history(entry.service).at(-1) === entry;
    if (isLatest) this.#enforce(entry, compiled);
    return isLatest;
  }

  /**
   * Notes that an instance serves a contract of the service: its methods are no longer unserved, for good.
   * @param digest which one; empty: whichever is in force
   * @returns whether that is new
   * @throws Error when the journal can't be written; it is noted all the same, until a restart
   */
  serve(service: string, digest: string, at: number): boolean {
    const wanted = digest === '' ? this.current(service)?.entry.digest : digest;
    const entry = this.history(service).findLast((known) => known.digest === wanted);
    if (!entry || entry.servedAt !== undefined) return false;
    const served = { ...entry, servedAt: at };
    this.#remember(served);
    this.#addServed(served);
    const bytes = this.journal.read(entry.digest);
    if (bytes) this.journal.append(served, bytes);
    return true;
  }

  /** gRPC paths of the methods in force that are mocked until an instance serves them, while none has. */
  unserved(service: string): string[] {
    const methods = this.current(service)?.compiled?.methods ?? [];
    const waiting = methods.filter(({ policy }) => policy.mock === MockPolicy.WHEN_UNAVAILABLE);
    return waiting.map(({ path }) => path).filter((path) => !this.#served.get(service)?.has(path));
  }

  #addServed({ service, digest }: ContractEntry): void {
    const current = this.current(service);
    const compiled = current?.entry.digest === digest ? current.compiled : this.#compile(digest);
    const served = this.#served.get(service) ?? new Set();
    for (const { path } of compiled?.methods ?? []) served.add(path);
    this.#served.set(service, served);
  }

  #remember(entry: ContractEntry): void {
    const entries = this.#history.get(entry.service);
    if (!entries) return void this.#history.set(entry.service, [entry]);
    const after = entries.findLastIndex((known) => comparePublications(known, entry) <= 0);
    const isKnown = entry.servedAt !== undefined && after >= 0 && comparePublications(entries[after]!, entry) === 0;
    if (isKnown) entries[after] = entry;
    else entries.splice(after + 1, 0, entry);
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
