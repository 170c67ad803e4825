import { isIP } from 'node:net';

/** An address with the seconds that it may be kept. */
export interface AddressRecord {
  readonly address: string;
  readonly ttl: number;
}

/** Where one instance listens, and its share of the traffic (RFC 2782). */
export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

const MAX_16_BITS = 65_535;

const isNumber16 = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_16_BITS;

/** What of an A or AAAA answer can be used. Whatever else a resolver may give is passed over. */
export function readAddresses(answer: unknown): AddressRecord[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((each: unknown) => {
    const { address, ttl } = (each ?? {}) as Partial<AddressRecord>;
    if (typeof address !== 'string' || isIP(address) === 0) return [];
    return [{ address, ttl: Number.isFinite(ttl) ? Math.max(0, ttl!) : 0 }];
  });
}

/** What of an SRV answer can be used. The name "." says that there is decidedly no such service. */
export function readServices(answer: unknown): ServiceRecord[] {
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((each: unknown) => {
    const { name, port, priority, weight } = (each ?? {}) as Partial<ServiceRecord>;
    if (typeof name !== 'string' || name === '' || name === '.' || port === 0) return [];
    if (!isNumber16(port) || !isNumber16(priority) || !isNumber16(weight)) return [];
    return [{ name, port, priority, weight }];
  });
}
