import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { type InstanceKey, LEASE_BOUNDS, type Lease, type Life } from '../lease/lease';

interface LeaseBody {
  readonly leaseMs: number;
  readonly instance: JsonValue;
}

/** A lease as one line: its generation and revision, which scripts compare, and the rest as JSON. */
export function writeLease({ generation, revision, leaseMs, instance }: Lease): string {
  const body: LeaseBody = { leaseMs, instance: toJson(registryV1.InstanceSchema, instance) };
  return `${generation.epoch} ${generation.n} ${revision} ${JSON.stringify(body)}`;
}

/** What stands in the place of a life that was given up: a line without a body. */
export const writeGone = ({ generation }: Life): string => `${generation.epoch} ${generation.n} 0 `;

const RECORD = /^(\S{1,128}) (\d{1,19}) (\d{1,19}) (.*)$/s;

/**
 * Reads what `writeLease` or `writeGone` wrote.
 * @returns null: it was given up
 * @throws Error when it is neither
 */
export function readLease(record: string): Lease | null {
  const [, epoch, n, revision, body] = RECORD.exec(record) ?? [];
  if (epoch === undefined || n === undefined || revision === undefined) throw new Error('not a lease');
  if (!body) return null;
  const { leaseMs, instance: json } = JSON.parse(body) as LeaseBody;
  if (!(leaseMs >= LEASE_BOUNDS.minMs && leaseMs <= LEASE_BOUNDS.maxMs)) throw new Error('its length is out of bounds');
  const instance = fromJson(registryV1.InstanceSchema, json, { ignoreUnknownFields: true });
  const { service, id } = instance;
  if (service === '' || id === '') throw new Error('it names no instance');
  return { service, id, generation: { epoch, n: BigInt(n) }, leaseMs, instance, revision: BigInt(revision) };
}

/** Reads which life a record is of. @throws Error when it is none */
export function readLife({ service, id }: InstanceKey, record: string): Life {
  const [, epoch, n] = RECORD.exec(record) ?? [];
  if (epoch === undefined || n === undefined) throw new Error('not a lease');
  return { service, id, generation: { epoch, n: BigInt(n) } };
}
