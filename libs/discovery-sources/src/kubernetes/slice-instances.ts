import { formatAddress } from '@gateway/config';
import type { FoundInstance, FoundProtocol } from '../instance';
import { hostOf, portOf, readinessOf, type Readiness, readSlice, type SliceEndpoint } from './read-slice';

/** What instances are made of that the slices don't say. */
export interface SliceReading {
  readonly service: string;
  readonly protocol: FoundProtocol;
  /** The port's name in the Service ('' for its only port), or its number on the instances. */
  readonly port: string | number;
}

/**
 * The instances in a service's slices, by address. Kubernetes splits a service over several slices, and while it moves
 * an endpoint between two of them both have it, one of them perhaps out of date: the better word counts. When none is
 * ready, those that terminate and still serve are called, as Kubernetes' own proxy does.
 * @param slices objects of the API, whatever they hold
 */
export function instancesOf(slices: Iterable<unknown>, reading: SliceReading): FoundInstance[] {
  const found = new Map<string, Found>();
  for (const each of placesIn(slices, reading.port)) {
    const known = found.get(each.address);
    if (known === undefined || RANK[each.readiness] > RANK[known.readiness]) found.set(each.address, each);
  }
  const all = [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
  const called = all.some(({ readiness }) => readiness === 'ready') ? 'ready' : 'serving';
  return all.map((each) => instanceOf(each, each.readiness === called, reading));
}

interface Found {
  readonly address: string;
  readonly readiness: Readiness;
  readonly endpoint: SliceEndpoint;
}

const RANK: Readonly<Record<Readiness, number>> = { ready: 2, serving: 1, not: 0 };

function* placesIn(slices: Iterable<unknown>, wanted: string | number): Generator<Found> {
  for (const object of slices) {
    const slice = readSlice(object);
    const port = slice && portOf(slice, wanted);
    if (!slice || port === null) continue;
    for (const endpoint of slice.endpoints) {
      const host = hostOf(endpoint);
      if (host !== null) yield { address: formatAddress({ host, port }), readiness: readinessOf(endpoint), endpoint };
    }
  }
}

function instanceOf({ address, endpoint }: Found, ready: boolean, { service, protocol }: SliceReading): FoundInstance {
  return {
    // A pod's name alone isn't enough: a pod that is restarted keeps it and may have another address.
    id: `kubernetes:${endpoint.targetRef?.name ?? ''}@${address}`,
    ...{ service, address, protocol, ready },
    weight: 1,
    zone: endpoint.zone ?? '',
    version: '',
  };
}
