import type { ContractEntry } from '../contracts/contract-entry';
import type { InstanceKey, Lease, Life } from '../lease/lease';

/** A contract as the store keeps a copy of it. The journals are the truth. */
export interface StoredContract extends ContractEntry {
  readonly descriptorSet: Uint8Array;
}

/**
 * How long it is remembered that a life was given up, in milliseconds: longer than the longest lease, since so long another
 * daemon may hold it and write it.
 */
export const GONE_MS = 120_000;
/** How many publications of a service are kept: enough for a daemon that was away for a while to catch up. */
export const KEPT_CONTRACTS = 20;

/** What the store holds. */
export interface StoreContent {
  /** The highest number that was ever given with a write. */
  readonly n: bigint;
  readonly leases: readonly Lease[];
}

/** What became of the leases of one service. */
export interface LeaseBatch {
  readonly service: string;
  /** New or changed ones. One that has `renewed` lasts its whole length from now, the others as long as they did. */
  readonly put: readonly { readonly lease: Lease; readonly renewed: boolean }[];
  /** Renewed without a change. */
  readonly renewed: readonly Lease[];
  /** Given up. That life of the instance never comes back, also when another daemon, that doesn't know it yet, writes it. */
  readonly removed: readonly Life[];
  /** The latest number given, to be kept as `StoreContent.n`. */
  readonly n: bigint;
}

/** Where the store knew better than the writer. */
export interface WriteOutcome {
  /** What it has instead: a newer life, or a later change of the same one. */
  readonly newer: readonly Lease[];
  /** Lives that were given up. */
  readonly gone: readonly Life[];
  /** Renewed leases that it doesn't have: they are to be put. */
  readonly missing: readonly Lease[];
}

/** What daemons tell one another through the store, in the order in which it happened. */
export interface StoreChange {
  readonly upserted: readonly Lease[];
  /** Lives that were given up. */
  readonly removed: readonly Life[];
  /** Lives that ran out. Whoever has just renewed one, which the store didn't know yet, puts it again. */
  readonly expired: readonly Life[];
  /** Services that have a new contract. */
  readonly contracts: readonly string[];
}

/** Follows what happens in the store. */
export interface StoreFollower {
  /** This daemon's own changes may be among them. */
  changed(change: StoreChange): void;
  /** Changes may have been missed, or what was before is unknown: load everything. */
  lost(): void;
}

/** Takes a listener back. */
export type Unsubscribe = () => void;

/**
 * Where leases survive this process, and where the registry-daemons find one another's. It may be away, and it may come
 * back empty: each daemon holds what it knows and writes it again. Calls reject while it is away, and when it turns out to
 * be in another life than `epoch` says: what isn't found there was not removed.
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
  find(key: InstanceKey): Promise<Lease | null>;
  /** Writes changes of leases and tells the followers. */
  write(batch: LeaseBatch): Promise<WriteOutcome>;
  /**
   * How many milliseconds leases of one service have left by the store's clock, 0 or less when they ran out; null: it
   * doesn't have that life of the instance.
   */
  remaining(service: string, lives: readonly Life[]): Promise<readonly (number | null)[]>;
  /** Removes those of one service that have run out, and tells the followers. @returns those removed */
  expire(service: string, lives: readonly Life[]): Promise<readonly Life[]>;
  /** Tells what happens from now on, beginning with `lost` once it listens. */
  follow(follower: StoreFollower): Unsubscribe;
  /** Adds a publication to those that are kept, and tells the followers. Idempotent. */
  putContract(contract: StoredContract): Promise<void>;
  /** The publications that are kept, of one service or all: the latest ones of each, oldest first. */
  contracts(service?: string): Promise<readonly ContractEntry[]>;
  /** The bytes of one; null: they aren't kept. */
  descriptorSet(service: string, digest: string): Promise<Uint8Array | null>;
}
