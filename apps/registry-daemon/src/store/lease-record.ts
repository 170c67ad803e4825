import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { LEASE_BOUNDS, type Lease } from '../lease/lease';

interface LeaseBody {
  readonly leaseMs: number;
  readonly instance: JsonValue;
}

/** A lease as one line: its generation, which scripts compare, and the rest as JSON. */
export function writeLease({ generation, leaseMs, instance }: Lease): string {
  const body: LeaseBody = { leaseMs, instance: toJson(registryV1.InstanceSchema, instance) };
  return `${generation.epoch} ${generation.n} ${JSON.stringify(body)}`;
}

/**
 * Reads what `writeLease` wrote.
 * @throws Error when it isn't a lease
 */
export function readLease(record: string): Lease {
  const [, epoch, n, body] = /^(\S+) (\d{1,19}) (.*)$/s.exec(record) ?? [];
  if (epoch === undefined || n === undefined || body === undefined) throw new Error('not a lease');
  const { leaseMs, instance: json } = JSON.parse(body) as LeaseBody;
  if (!(leaseMs >= LEASE_BOUNDS.minMs && leaseMs <= LEASE_BOUNDS.maxMs)) throw new Error('its length is out of bounds');
  const instance = fromJson(registryV1.InstanceSchema, json, { ignoreUnknownFields: true });
  const { service, id } = instance;
  if (service === '' || id === '') throw new Error('it names no instance');
  return { service, id, generation: { epoch, n: BigInt(n) }, leaseMs, instance };
}
