import type { Revision } from '@gateway/events';

/** What an answer is made of, as an upstream gave it. */
export interface CachedResponse {
  readonly status: number;
  /** Flat list of lower-case names and values. Never changed by anyone: copy before adding to it. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** An answer in the shared tier. */
export interface SharedEntry {
  readonly response: CachedResponse;
  /** Events up to here were known to its writer when it began to ask the upstream; null: none of them matter. */
  readonly revision: Revision | null;
  /** For how long it was stored, in ms. */
  readonly ttlMs: number;
}

/** An answer of the shared tier with the time it has left, in ms. */
export interface SharedHit extends SharedEntry {
  readonly remainingMs: number;
}

/** A store of answers that several processes share. It may lose anything at any time. */
export interface SharedTier {
  /** False while it has just failed: it isn't asked then. */
  available(): boolean;
  /**
   * @returns null when there is nothing, or nothing readable
   * @throws when the store fails or is slow
   */
  read(key: string): Promise<SharedHit | null>;
  /** @throws when the store fails or is slow */
  write(key: string, entry: SharedEntry): Promise<void>;
  /** Entries that couldn't be read, since the start. */
  readonly unreadable: number;
}

/** Bytes that a response takes in memory, about. */
export const sizeOf = ({ headers, body }: CachedResponse): number =>
  headers.reduce((sum, text) => sum + text.length, body.length) + ENTRY_OVERHEAD;

/** Objects, index places and array slots of one entry, in bytes: an estimate on the large side. */
const ENTRY_OVERHEAD = 1024;
