import { formatAddress } from '@gateway/config';
import { type AddressRecord, readAddresses, readServices, type ServiceRecord } from './answers';
import { ask, type DnsResolver } from './resolver';

/** What is looked up. */
export type DnsQuestion =
  /** A and AAAA records of `name`; all of them listen on `port`. */
  | { readonly name: string; readonly port: number }
  /** SRV records of `srv` (`_grpc._tcp.reports.internal`), then the addresses of their targets. */
  | { readonly srv: string };

/** One place that DNS names. */
export interface DnsPlace {
  /** `host:port`. */
  readonly address: string;
  /** 1 or more. */
  readonly weight: number;
}

/** A whole answer. */
export interface DnsAnswer {
  /** Sorted by address, each once: name servers rotate their records. */
  readonly places: readonly DnsPlace[];
  /** The shortest time that a record may be kept, in seconds; null when nothing told one. */
  readonly ttl: number | null;
}

/** Looks it up. @throws when a question isn't answered; a name that doesn't exist is an answer without places */
export async function lookUp(resolver: DnsResolver, question: DnsQuestion): Promise<DnsAnswer> {
  if ('srv' in question) return lookUpServices(resolver, question.srv);
  const records = await addressesOf(resolver, question.name);
  return answerOf(records.map((record) => ({ ...record, port: question.port, weight: 1 })));
}

async function addressesOf(resolver: DnsResolver, name: string): Promise<AddressRecord[]> {
  const families = await Promise.allSettled([
    ask(resolver.resolve4(name, { ttl: true }), readAddresses),
    ask(resolver.resolve6(name, { ttl: true }), readAddresses),
  ]);
  const found = families.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failed = families.find((each) => each.status === 'rejected');
  // A network where only one family is answered is a common one; without any address the failure counts.
  if (failed !== undefined && found.length === 0) throw failed.reason;
  return found;
}

/**
 * Only the targets of the lowest priority that have an address are called (RFC 2782): the others are for when there is
 * none.
 */
async function lookUpServices(resolver: DnsResolver, srv: string): Promise<DnsAnswer> {
  const records = await ask(resolver.resolveSrv(srv), readServices);
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  for (const priority of priorities) {
    const preferred = records.filter((each) => each.priority === priority);
    const places = (await Promise.all(preferred.map((each) => placesOf(resolver, each)))).flat();
    if (places.length > 0) return answerOf(places);
  }
  return { places: [], ttl: null };
}

interface Place extends AddressRecord {
  readonly port: number;
  readonly weight: number;
}

/** A weight of 0 is "hardly ever" in RFC 2782: the least that there is here. */
async function placesOf(resolver: DnsResolver, { name, port, weight }: ServiceRecord): Promise<Place[]> {
  const records = await addressesOf(resolver, name);
  return records.map((record) => ({ ...record, port, weight: Math.max(1, weight) }));
}

function answerOf(found: readonly Place[]): DnsAnswer {
  const weights = new Map<string, number>();
  for (const { address: host, port, weight } of found) {
    const address = formatAddress({ host, port });
    weights.set(address, Math.max(weight, weights.get(address) ?? 0));
  }
  const places = [...weights].map(([address, weight]) => ({ address, weight }));
  places.sort((a, b) => (a.address < b.address ? -1 : 1));
  return { places, ttl: found.length === 0 ? null : Math.min(...found.map(({ ttl }) => ttl)) };
}
