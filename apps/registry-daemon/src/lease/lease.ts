import { clone } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { compareGenerations, type Revision } from './revisions';

/** Names an instance. */
export interface InstanceKey {
  readonly service: string;
  readonly id: string;
}

/** Names one life of an instance. */
export interface Life extends InstanceKey {
  /** Registering again gives a new one. */
  readonly generation: Revision;
}

/** An instance that counts as alive until its lease runs out. */
export interface Lease extends Life {
  /** How long it lasts without renewal, in milliseconds. */
  readonly leaseMs: number;
  /** What is told of it; replaced as a whole when it changes. */
  readonly instance: registryV1.Instance;
  /** The number of the change that made the instance what it is: tells which of two daemons knows better. */
  readonly revision: bigint;
}

/** How long leases may last. Shorter ones would expire in a pause of the network, longer ones would keep the dead. */
export const LEASE_BOUNDS = { minMs: 1_000, defaultMs: 10_000, maxMs: 60_000 } as const;

/** An instance as a key of maps. */
export const keyOf = ({ service, id }: InstanceKey): string => `${service}/${id}`;

/**
 * The id of a lease says all that is needed to judge it after a restart: whose it is, and whether it was replaced. It is
 * no secret: a renewal must come from the instance's owner.
 */
export const leaseIdOf = ({ service, id, generation }: Life): string =>
  `${service}/${id}@${generation.epoch}.${generation.n}`;

const LEASE_ID = /^([^/@]{1,128})\/([^/@]{1,128})@([^.@]{1,128})\.(\d{1,19})$/;

/** What a lease id names; null when it isn't one. */
export function parseLeaseId(text: string): Life | null {
  const [, service, id, epoch, n] = LEASE_ID.exec(text) ?? [];
  if (service === undefined || id === undefined || epoch === undefined || n === undefined) return null;
  return { service, id, generation: { epoch, n: BigInt(n) } };
}

/**
 * What two daemons know of one instance, as one: the newer life; of one life what changed last, but never back in state.
 * @returns one of the two when it has everything; else a third, whose revision is the greater one
 */
export function mergeLeases(known: Lease, other: Lease): Lease {
  const order = compareGenerations(other.generation, known.generation);
  if (order !== 0) return order > 0 ? other : known;
  const [latest, former] = other.revision > known.revision ? [other, known] : [known, other];
  if (latest.instance.state >= former.instance.state) return latest;
  return { ...latest, instance: changed(latest.instance, { state: former.instance.state }) };
}

/** The instance with other fields; the one given stays as it is, since others may hold it. */
export const changed = (instance: registryV1.Instance, change: Partial<registryV1.Instance>): registryV1.Instance =>
  Object.assign(clone(registryV1.InstanceSchema, instance), change);
