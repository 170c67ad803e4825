import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';

/** One publication of a contract: what the journal keeps. */
export interface ContractEntry {
  readonly service: string;
  readonly digest: string;
  /** The SPIFFE id that published it. */
  readonly owner: string;
  /** Milliseconds since the Unix epoch. */
  readonly publishedAt: number;
  /** When the first instance that serves it was ready, in milliseconds since the Unix epoch; absent: none has been. */
  readonly servedAt?: number;
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
