import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isDigest, registryV1 } from '@gateway/contracts';

/** One publication of a contract: what the journal keeps. */
export interface ContractEntry {
  readonly service: string;
  readonly digest: string;
  /** The SPIFFE id whose it is. */
  readonly owner: string;
  /** Milliseconds since the Unix epoch. */
  readonly publishedAt: number;
  /** When the first instance that serves it was ready, in milliseconds since the Unix epoch; absent: none has been. */
  readonly servedAt?: number;
  /** The SPIFFE id that published it, when that isn't the owner. */
  readonly publishedBy?: string;
  /** The operator allowed that it broke the one before. */
  readonly allowedBreaking?: true;
  /** Why, in the words of whoever published it. */
  readonly note?: string;
}

/** A publication from JSON; null: it isn't one. What older versions wrote has less, what newer ones write may have more. */
export function readEntry(json: Readonly<Record<string, unknown>>): ContractEntry | null {
  const { service, digest, owner, publishedAt, servedAt, publishedBy, allowedBreaking, note } = json;
  if (typeof service !== 'string' || typeof owner !== 'string' || typeof publishedAt !== 'number') return null;
  if (typeof digest !== 'string' || !isDigest(digest)) return null;
  return {
    ...{ service, digest, owner, publishedAt },
    ...(typeof servedAt === 'number' ? { servedAt } : {}),
    ...(typeof publishedBy === 'string' ? { publishedBy } : {}),
    ...(allowedBreaking === true ? { allowedBreaking } : {}),
    ...(typeof note === 'string' ? { note } : {}),
  };
}

/** Which of two publications of a service was made first: every daemon puts them in this order. */
export function comparePublications(one: ContractEntry, other: ContractEntry): number {
  if (one.publishedAt !== other.publishedAt) return one.publishedAt - other.publishedAt;
  if (one.digest === other.digest) return 0;
  return one.digest < other.digest ? -1 : 1;
}

/**
 * As the API carries it.
 * @param unservedMethods see `ContractBook.unserved`
 */
export const contractRef = (
  { service, digest, owner, publishedAt }: ContractEntry,
  unservedMethods: readonly string[] = [],
): registryV1.ContractRef =>
  create(registryV1.ContractRefSchema, {
    service,
    digest,
    owner,
    publishedAt: timestampFromMs(publishedAt),
    unservedMethods: [...unservedMethods],
  });

/** As the API's history carries it. */
export const publicationOf = (entry: ContractEntry, inForce: boolean): registryV1.Publication =>
  create(registryV1.PublicationSchema, {
    contract: contractRef(entry),
    inForce,
    publishedBy: entry.publishedBy,
    allowedBreaking: entry.allowedBreaking,
    note: entry.note,
  });
