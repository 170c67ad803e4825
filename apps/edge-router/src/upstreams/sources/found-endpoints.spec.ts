import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FoundInstance, InstanceSource, SourceKind, SourceStatus } from '@gateway/discovery-sources';
import { fixedEndpoints } from '../../snapshot/route-file/endpoints';
import type { Endpoint } from '../endpoint';
import { FixedEndpoints } from '../endpoint-sources';
import { FoundEndpoints } from './found-endpoints';
import type { FoundService } from './found-service';

/** A source that says what a test tells it to. */
class Scripted implements InstanceSource {
  list: readonly FoundInstance[] | undefined;
  status: SourceStatus = { state: 'starting', why: 'has not answered yet', since: 0 };
  closed = false;
  #tell: () => void = () => undefined;

  constructor(readonly kind: SourceKind) {}

  instances = () => this.list;
  onChange(listener: () => void) {
    this.#tell = listener;
    return () => undefined;
  }
  close = () => void (this.closed = true);

  found(...addresses: string[]): void {
    this.status = { state: 'live', since: 1 };
    this.list = addresses.map((address) => instance(address));
    this.#tell();
  }
}

const instance = (address: string, more: Partial<FoundInstance> = {}): FoundInstance => ({
  ...{ id: `dns:${address}`, service: 'reports', address, protocol: 'http1' },
  ...{ weight: 3, zone: 'eu-1a', version: '', ready: true },
  ...more,
});

const BY_DNS: FoundService = {
  ...{ protocol: 'http1', expect: '', merge: 'first', registry: false, kubernetes: null, fixed: [] },
  dns: { question: { name: 'reports.internal', port: 80 }, refreshMs: undefined },
};

let opened: Scripted[];
let registered: FixedEndpoints;
let found: FoundEndpoints;
let told: string[][];

beforeEach(() => {
  opened = [];
  told = [];
  registered = new FixedEndpoints();
  const open = (_name: string, { kubernetes, dns }: FoundService): Scripted[] => {
    const kinds: SourceKind[] = [...(kubernetes ? ['kubernetes' as const] : []), ...(dns ? ['dns' as const] : [])];
    const sources = kinds.map((kind) => new Scripted(kind));
    opened.push(...sources);
    return sources;
  };
  found = new FoundEndpoints(open, registered);
  found.onChange((services) => told.push([...services]));
});

const replace = (more: Partial<FoundService> = {}): void =>
  found.replace(new Map([['reports', { ...BY_DNS, ...more }]]));
const addresses = (): string[] => found.endpoints('reports')!.map(({ address }) => address);

test('a service is known from the start, and has nobody until a source has answered', () => {
  replace();
  expect(found.endpoints('other')).toBeUndefined();
  expect([found.services(), found.endpoints('reports'), found.isAnswered]).toEqual([['reports'], [], false]);
  expect(found.problems).toEqual(['reports (dns): has not answered yet']);
  opened[0]!.found('10.0.0.1:80');
  expect([addresses(), found.isAnswered, found.problems]).toEqual([['10.0.0.1:80'], true, []]);
  expect(told).toEqual([['reports'], ['reports']]);
});

test('an endpoint has what the source and the file say', () => {
  replace({ protocol: 'h2', expect: 'spiffe://gateway.local/reports' });
  opened[0]!.found('10.0.0.1:80');
  expect(found.endpoints('reports')).toEqual([
    {
      ...{ id: 'dns:10.0.0.1:80', address: '10.0.0.1:80', protocol: 'h2', secure: true },
      ...{ expect: 'spiffe://gateway.local/reports', generation: '', contractDigest: '', reportedConnections: 0 },
      ...{ weight: 3, zone: 'eu-1a', version: '' },
    },
  ]);
});

test('endpoints stay the same objects while their instances do; those that aren’t ready are left out', () => {
  replace();
  const [one, two] = [instance('10.0.0.1:80'), instance('10.0.0.2:80')];
  opened[0]!.list = [one, two];
  const first = found.endpoints('reports')!;
  expect(found.endpoints('reports')).toBe(first);
  opened[0]!.list = [one, two, instance('10.0.0.3:80', { ready: false })];
  expect(found.endpoints('reports')).toBe(first);
  opened[0]!.list = [two];
  expect(found.endpoints('reports')).toEqual([first[1]]);
  expect(found.endpoints('reports')![0]).toBe(first[1]);
});

describe('sources are put together', () => {
  const fixed = fixedEndpoints(['http://10.0.0.9:80'], 'http1', undefined);
  const kubernetes = { namespace: 'shop', service: 'reports', port: '' };
  const ofRegistry = { ...fixedEndpoints(['http://10.0.0.1:80'], 'http1', undefined)[0]!, id: 'registered' };

  test('by precedence: registry, Kubernetes, DNS, URLs', () => {
    replace({ kubernetes, fixed, registry: true });
    expect(found.endpoints('reports')).toEqual([]);
    const [slices, dns] = opened;
    dns!.found();
    expect(addresses()).toEqual(['10.0.0.9:80']);
    dns!.found('10.0.0.3:80');
    expect(addresses()).toEqual(['10.0.0.3:80']);
    slices!.found('10.0.0.2:80');
    expect(addresses()).toEqual(['10.0.0.2:80']);
    registered.replace(new Map([['reports', [ofRegistry]]]));
    expect(addresses()).toEqual(['10.0.0.1:80']);
  });

  test('in a union, in which the registry’s word for an address counts', () => {
    replace({ kubernetes, fixed, registry: true, merge: 'union' });
    registered.replace(new Map([['reports', [ofRegistry]]]));
    opened[0]!.found('10.0.0.1:80', '10.0.0.2:80');
    opened[1]!.found('10.0.0.2:80');
    expect(addresses()).toEqual(['10.0.0.1:80', '10.0.0.2:80', '10.0.0.9:80']);
    expect(found.endpoints('reports')![0]).toBe(ofRegistry);
  });

  test('without the registry when the file doesn’t name it', () => {
    replace();
    registered.replace(new Map([['reports', [ofRegistry]]]));
    opened[0]!.found('10.0.0.3:80');
    expect(addresses()).toEqual(['10.0.0.3:80']);
  });
});

describe('a route file that was read again', () => {
  test('leaves a service alone that stayed as it was', () => {
    replace();
    opened[0]!.found('10.0.0.1:80');
    replace();
    expect([opened.length, opened[0]!.closed, addresses()]).toEqual([1, false, ['10.0.0.1:80']]);
  });

  test('has a changed one looked up anew; until there is an answer the former ones are called', () => {
    replace();
    opened[0]!.found('10.0.0.1:80');
    replace({ dns: { question: { srv: '_http._tcp.reports.internal' }, refreshMs: 5_000 } });
    expect([opened.length, opened[0]!.closed, addresses()]).toEqual([2, true, ['10.0.0.1:80']]);
    opened[1]!.found('10.0.0.2:80');
    expect(addresses()).toEqual(['10.0.0.2:80']);
  });

  test('ends a service that it doesn’t name any more', () => {
    replace();
    found.replace(new Map());
    expect([opened[0]!.closed, found.endpoints('reports')]).toEqual([true, undefined]);
    expect(told.at(-1)).toEqual(['reports']);
  });
});

test('closing ends every source', () => {
  replace({ kubernetes: { namespace: 'shop', service: 'reports', port: '' } });
  found.close();
  expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
  const none: readonly Endpoint[] | undefined = found.endpoints('reports');
  expect(none).toBeUndefined();
});
