import type { Lease, Life } from '../lease/lease';
import { readLease, readLife, writeGone, writeLease } from './lease-record';
import type { StoreChange } from './registry-store';

/** Names of an entry's fields: who wrote it, a lease's record, a life given up, one that ran out, a service with a new contract. */
const ORIGIN = 'o';
const PUT = 'p';
const REMOVED = 'r';
const EXPIRED = 'x';
const CONTRACT = 'c';

/** A change as the fields of an entry of the stream: flat name/value pairs. */
export function writeEntry(origin: string, { upserted, removed, expired, contracts }: StoreChange): string[] {
  return [
    [ORIGIN, origin],
    ...upserted.map((lease) => [PUT, writeLease(lease)]),
    ...removed.map((life) => [REMOVED, nameOf(life)]),
    ...expired.map((life) => [EXPIRED, nameOf(life)]),
    ...contracts.map((service) => [CONTRACT, service]),
  ].flat();
}

const nameOf = (life: Life): string => `${life.service} ${life.id} ${writeGone(life)}`;

/**
 * Reads an entry. What this daemon put itself is left out: it is here, and may have changed since.
 * @param unreadable told of each field that can't be read; it is left out
 */
export function readEntry(self: string, fields: readonly string[], unreadable: (what: string) => void): StoreChange {
  const [upserted, removed, expired]: [Lease[], Life[], Life[]] = [[], [], []];
  const contracts: string[] = [];
  let isOwn = false;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = [fields[at]!, fields[at + 1]!];
    try {
      if (name === ORIGIN) isOwn = value === self;
      else if (name === REMOVED) removed.push(lifeOf(value));
      else if (name === EXPIRED) expired.push(lifeOf(value));
      else if (name === PUT && !isOwn) upserted.push(leaseOf(value));
      else if (name === CONTRACT && !isOwn) contracts.push(value);
    } catch (error) {
      unreadable(`a change of ${name}: ${(error as Error).message}`);
    }
  }
  return { upserted, removed, expired, contracts };
}

function leaseOf(record: string): Lease {
  const lease = readLease(record);
  if (lease === null) throw new Error('a lease that was given up');
  return lease;
}

function lifeOf(text: string): Life {
  const [, service, id, record] = /^(\S+) (\S+) (.*)$/s.exec(text) ?? [];
  if (service === undefined || id === undefined) throw new Error('it names no instance');
  return readLife({ service, id }, record!);
}
