import { describe, expect, test } from '@jest/globals';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { endpoint, grpcRoute, httpRoute, METHOD_PATH } from '../pipeline.fixture';
import type { Endpoint } from './endpoint';
import { EndpointReaper } from './endpoint-reaper';
import { FixedEndpoints } from './endpoint-sources';
import { OpenTunnels } from './open-tunnels';
import { RegisteredEndpoints } from './registered-endpoints';
import { Upstreams } from './upstreams';

const { Protocol, InstanceState } = registryV1;
type Init = Exclude<MessageInitShape<typeof registryV1.InstanceSchema>, registryV1.Instance>;

const instance = (id: string, given: Init = {}): registryV1.Instance =>
  create(registryV1.InstanceSchema, {
    id,
    service: 'auth',
    address: `${id}:1`,
    protocol: Protocol.GRPC,
    state: InstanceState.READY,
    owner: 'spiffe://x/auth',
    ...given,
  });

/** A directory whose content a test replaces. */
class Directory {
  constructor(public list: readonly registryV1.Instance[]) {}
  instances(service: string): readonly registryV1.Instance[] {
    return service === 'auth' || service === 'web' ? this.list : [];
  }
  services(): string[] {
    return ['auth'];
  }
}

/** Knows which digests have the method, and how often what is known changed. */
class Contracts {
  readonly having = new Set<string>();
  private changes = 0;
  has(digest: string, path: string): boolean {
    return path === METHOD_PATH && this.having.has(digest);
  }
  version(): number {
    return this.changes;
  }
  learn(digest: string): void {
    this.having.add(digest);
    this.changes += 1;
  }
}

function upstreamsOf(list: readonly registryV1.Instance[], fixed = new FixedEndpoints()) {
  const [directory, contracts, tunnels] = [new Directory(list), new Contracts(), new OpenTunnels()];
  const upstreams = new Upstreams({ sources: [fixed, new RegisteredEndpoints(directory)], contracts, tunnels });
  return { directory, contracts, tunnels, upstreams };
}

const turns = (upstreams: Upstreams, count: number, route = grpcRoute()): (string | undefined)[] => {
  const picker = upstreams.pickerFor(route);
  return Array.from({ length: count }, () => picker.next(null)?.id);
};

describe('calls', () => {
  test('take turns over the instances that are ready', () => {
    const { upstreams, directory } = upstreamsOf([
      instance('a'),
      instance('b', { state: InstanceState.DRAINING }),
      instance('c', { state: InstanceState.STARTING }),
      instance('d'),
    ]);
    expect(turns(upstreams, 4).sort()).toEqual(['a', 'a', 'd', 'd']);
    directory.list = [instance('b')];
    expect(turns(upstreams, 2)).toEqual(['b', 'b']);
    directory.list = [];
    expect(turns(upstreams, 1)).toEqual([undefined]);
  });

  test('that failed go to another one, if there is one', () => {
    const { upstreams, directory } = upstreamsOf([instance('a'), instance('b')]);
    const picker = upstreams.pickerFor(grpcRoute());
    const first = picker.next(null)!;
    expect(picker.next(first)!.id).not.toBe(first.id);
    directory.list = [instance('a')];
    expect(picker.next(picker.next(null))).toBeNull();
  });

  test('only reach instances whose contract has the method', () => {
    const { upstreams, contracts } = upstreamsOf([
      instance('old', { contractDigest: 'sha256:old' }),
      instance('new', { contractDigest: 'sha256:new' }),
      instance('pushed', { contractDigest: '' }),
    ]);
    expect(new Set(turns(upstreams, 3))).toEqual(new Set(['pushed']));
    contracts.learn('sha256:new');
    expect(new Set(turns(upstreams, 4))).toEqual(new Set(['pushed', 'new']));
  });

  test('only reach instances that speak their language', () => {
    const { upstreams } = upstreamsOf([
      instance('g'),
      instance('h', { protocol: Protocol.HTTP1 }),
      instance('odd', { protocol: 99 as registryV1.Protocol }),
    ]);
    expect(new Set(turns(upstreams, 4))).toEqual(new Set(['g', 'odd']));
    const target = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null } as const;
    expect(new Set(turns(upstreams, 2, httpRoute({ target })))).toEqual(new Set(['h']));
    const h2 = upstreamsOf([instance('x', { protocol: Protocol.H2 })]);
    expect(h2.upstreams.endpoints('auth')[0]).toMatchObject({
      protocol: 'h2',
      secure: true,
      expect: 'spiffe://x/auth',
    });
  });
});

describe('tunnels', () => {
  test('go where the fewest are, ours and those that are reported', () => {
    const load = (connections: number) => create(registryV1.LoadSchema, { connections });
    const { upstreams, tunnels } = upstreamsOf([
      instance('a', { protocol: Protocol.HTTP1, load: load(2) }),
      instance('b', { protocol: Protocol.HTTP1 }),
    ]);
    const target = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null } as const;
    const picker = upstreams.pickerFor(httpRoute({ target }));
    const close = [1, 2, 3].map(() => tunnels.opened('web', picker.leastConnected(null)!));
    expect([tunnels.count('web', endpoint('a')), tunnels.count('web', endpoint('b'))]).toEqual([1, 2]);
    expect(picker.leastConnected(null)!.id).toBe('b');
    expect(picker.leastConnected(endpoint('b'))!.id).toBe('a');
    expect(picker.leastConnected(endpoint('a'))!.id).toBe('b');
    close.forEach((each) => each());
    close[0]!();
    expect(tunnels.total).toBe(0);
    expect(upstreamsOf([]).upstreams.pickerFor(httpRoute()).leastConnected(null)).toBeNull();
  });
});

describe('sources', () => {
  test('the first that knows a service wins, and can be replaced', () => {
    const fixed = new FixedEndpoints(new Map([['auth', [endpoint('fixed', { protocol: 'grpc' })]]]));
    const { upstreams } = upstreamsOf([instance('a')], fixed);
    expect(turns(upstreams, 1)).toEqual(['fixed']);
    fixed.replace(new Map([['web', []]]));
    expect(turns(upstreams, 1)).toEqual(['a']);
    expect(upstreams.services()).toEqual(['auth', 'web']);
    expect(
      new Upstreams({ sources: [], contracts: new Contracts(), tunnels: new OpenTunnels() }).endpoints('x'),
    ).toEqual([]);
  });

  test('pickers outlive snapshots, so that turns go on', () => {
    const { upstreams } = upstreamsOf([]);
    expect(upstreams.pickerFor(grpcRoute())).toBe(upstreams.pickerFor(grpcRoute()));
    expect(() => upstreams.pickerFor(httpRoute({ target: { kind: 'none' } }))).toThrow('has no endpoints');
  });

  test('the endpoints of a service are the same array until it changes', () => {
    const { upstreams, directory } = upstreamsOf([
      instance('a', { generation: create(registryV1.RevisionSchema, { epoch: 'e', n: 3n }) }),
    ]);
    expect(upstreams.endpoints('auth')).toBe(upstreams.endpoints('auth'));
    expect(upstreams.endpoints('auth')[0]!.generation).toBe('e/3');
    const before = upstreams.endpoints('auth');
    directory.list = [...directory.list];
    expect(upstreams.endpoints('auth')).not.toBe(before);
  });
});

describe('connections', () => {
  test('are released when their endpoint goes, moves or begins a new life', () => {
    const released: Endpoint[] = [];
    const reaper = new EndpointReaper({ release: (each) => void released.push(each) });
    const [a, b, c] = [endpoint('a', { generation: '1' }), endpoint('b'), endpoint('c')];
    reaper.update('auth', [a, b, c]);
    reaper.update('auth', [a, b, c]);
    expect(released).toEqual([]);
    reaper.update('auth', [
      { ...a, generation: '2' },
      { ...b, address: 'b:2' },
    ]);
    expect(released).toEqual([a, b, c]);
  });
});
