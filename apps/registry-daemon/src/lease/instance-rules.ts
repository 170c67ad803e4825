import { registryV1 } from '@gateway/contracts';
import { LEASE_BOUNDS } from './lease';

const SERVICE = /^[a-z0-9][a-z0-9.-]{0,127}$/;
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):([1-9]\d{0,4})$/;
const NAME = /^[A-Za-z0-9._:-]{0,64}$/;
const MAX_WEIGHT = 10_000;
const MAX_METADATA = 64;
const MAX_VALUE = 1_024;
const MAX_PORT = 65_535;

/** Whether a service may have that name. */
export const isServiceName = (name: string): boolean => SERVICE.test(name);

/** What an instance says wrong of itself, naming the field; null: nothing. */
export function instanceProblem(instance: registryV1.Instance | undefined): string | null {
  if (!instance) return 'instance: is missing';
  const { service, id, address, protocol, weight, zone, version, metadata } = instance;
  const port = Number(ADDRESS.exec(address)?.[2] ?? 0);
  if (!isServiceName(service)) return 'instance.service: must be a name such as project-service';
  if (!ID.test(id)) return 'instance.id: must be 1 to 128 letters, digits, or any of . _ : -';
  if (port < 1 || port > MAX_PORT) return 'instance.address: must be host:port';
  if (registryV1.Protocol[protocol] === undefined || protocol === registryV1.Protocol.UNSPECIFIED)
    return 'instance.protocol: must be given';
  if (weight > MAX_WEIGHT) return `instance.weight: must be at most ${MAX_WEIGHT}`;
  if (!NAME.test(zone)) return 'instance.zone: must be up to 64 letters, digits, or any of . _ : -';
  if (!NAME.test(version)) return 'instance.version: must be up to 64 letters, digits, or any of . _ : -';
  return metadataProblem(metadata);
}

function metadataProblem(metadata: Readonly<Record<string, string>>): string | null {
  const entries = Object.entries(metadata);
  if (entries.length > MAX_METADATA) return `instance.metadata: must have at most ${MAX_METADATA} entries`;
  if (entries.some(([name]) => name === '' || !NAME.test(name))) return 'instance.metadata: has a name that is not one';
  if (entries.some(([, value]) => value.length > MAX_VALUE))
    return `instance.metadata: values must be at most ${MAX_VALUE} characters`;
  return null;
}

/**
 * How long a lease is to last, in milliseconds.
 * @param asked null: the default
 * @returns null when it is out of bounds
 */
export function leaseLength(asked: number | null): number | null {
  if (asked === null) return LEASE_BOUNDS.defaultMs;
  return asked >= LEASE_BOUNDS.minMs && asked <= LEASE_BOUNDS.maxMs ? asked : null;
}
