import { type registryV1 } from '@gateway/contracts';
import type { Revision } from './revisions';

/** Names an instance. */
export interface InstanceKey {
  readonly service: string;
  readonly id: string;
}

/** An instance that counts as alive until its lease runs out. */
export interface Lease extends InstanceKey {
  /** Which life of the instance: registering again gives a new one. */
  readonly generation: Revision;
  /** How long it lasts without renewal, in milliseconds. */
  readonly leaseMs: number;
  /** What is told of it; replaced as a whole when it changes. */
  readonly instance: registryV1.Instance;
}

/** How long leases may last. Shorter ones would expire in a pause of the network, longer ones would keep the dead. */
export const LEASE_BOUNDS = { minMs: 1_000, defaultMs: 10_000, maxMs: 60_000 } as const;

/**
 * The id of a lease says all that is needed to judge it after a restart: whose it is, and whether it was replaced. It is
 * no secret: a renewal must come from the instance's owner.
 */
export const leaseIdOf = ({ service, id, generation }: Lease): string =>
  `${service}/${id}@${generation.epoch}.${generation.n}`;

const LEASE_ID = /^([^/@]{1,128})\/([^/@]{1,128})@([^.@]{1,128})\.(\d{1,19})$/;

/** What a lease id names; null when it isn't one. */
export function parseLeaseId(text: string): (InstanceKey & { generation: Revision }) | null {
  const [, service, id, epoch, n] = LEASE_ID.exec(text) ?? [];
  if (service === undefined || id === undefined || epoch === undefined || n === undefined) return null;
  return { service, id, generation: { epoch, n: BigInt(n) } };
}
