import type { Lease } from '../lease/lease';

/** A contract as the store keeps a copy of it. The journal is the truth. */
export interface StoredContract {
  readonly service: string;
  readonly digest: string;
  readonly owner: string;
  /** Milliseconds since the Unix epoch. */
  readonly publishedAt: number;
  readonly descriptorSet: Uint8Array;
}

/** What the store holds. */
export interface StoreContent {
  /** The highest number that was ever given with a write. */
  readonly n: bigint;
  readonly leases: readonly Lease[];
}

/** Takes a listener back. */
export type Unsubscribe = () => void;

/**
 * Where leases survive this process, and where other registry-daemons find them. It may be away, and it may come back
 * empty: this process holds what it knows and writes it again.
 */
export interface RegistryStore {
  /** Which life the data is in: another epoch means that it was lost. Null: the store couldn't be asked yet. */
  epoch(): string | null;
  /** Whether a call can succeed now. */
  available(): boolean;
  /** Calls back when epoch or availability change. */
  onChange(listener: () => void): Unsubscribe;
  /** Leases that ran out are included: whether that counts is for the reader to say. */
  load(): Promise<StoreContent>;
  /**
   * Writes and removes leases of one service. An instance that is there in a newer generation of the same epoch stays as
   * it is: the writer is late.
   * @param n the latest revision, to be kept as `StoreContent.n`
   */
  write(service: string, put: readonly Lease[], removed: readonly Lease[], n: bigint): Promise<void>;
  /** Keeps a copy of the contract in force. */
  putContract(contract: StoredContract): Promise<void>;
  loadContracts(): Promise<readonly StoredContract[]>;
}
