import type { RedisClient } from './redis-client';

/** One entry of a stream: its id and its fields as flat name/value pairs. */
export interface StreamEntry {
  readonly id: string;
  readonly fields: readonly string[];
}

/** Where to start reading. */
export interface ReadFrom {
  /** An entry's id; `-` for the oldest. */
  readonly from: string;
  /** Whether the entry of that id is wanted too. */
  readonly inclusive: boolean;
  readonly count: number;
}

/** The entries of a stream after or from an id, oldest first. Doesn't block: the connection is shared. */
export async function readStream(redis: RedisClient, key: string, read: ReadFrom): Promise<StreamEntry[]> {
  const start = read.inclusive ? read.from : `(${read.from}`;
  return streamEntries(await redis.command('XRANGE', key, start, '+', 'COUNT', read.count));
}

/** The newest entries of a stream, oldest first. */
export async function readStreamEnd(redis: RedisClient, key: string, count: number): Promise<StreamEntry[]> {
  return streamEntries(await redis.command('XREVRANGE', key, '+', '-', 'COUNT', count)).reverse();
}

/**
 * Appends an entry.
 * @param fields flat name/value pairs
 * @param maxLength about how many entries are kept
 * @returns the entry's id
 */
export function appendToStream(
  redis: RedisClient,
  key: string,
  fields: readonly (string | Buffer)[],
  maxLength: number,
): Promise<string> {
  return redis.command('XADD', key, 'MAXLEN', '~', maxLength, '*', ...fields);
}

/** Reads the reply of XRANGE and its like; what doesn't look like an entry is left out. */
export function streamEntries(reply: unknown): StreamEntry[] {
  return Array.isArray(reply) ? reply.flatMap((entry: unknown) => streamEntry(entry) ?? []) : [];
}

function streamEntry(entry: unknown): StreamEntry | null {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !Array.isArray(entry[1])) return null;
  return { id: entry[0], fields: entry[1].map(String) };
}
