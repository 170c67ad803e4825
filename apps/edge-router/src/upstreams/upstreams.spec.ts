import { describe, expect, test } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';
import { contextOf, endpoint, grpcRoute, httpRoute, principal, type RouteGiven } from '../pipeline.fixture';
import type { RequestContext } from '../pipeline/context';
import type { Outcome, OutcomeKind } from '../pipeline/outcome';
import type { Endpoint } from './endpoint';
import type { EndpointPicker, Pick } from './endpoint-picker';
import { EndpointReaper } from './endpoint-reaper';
import { FixedEndpoints } from './endpoint-sources';
import { instance, upstreamsOf } from './upstreams.fixture';

const { Protocol, InstanceState, HealthState } = registryV1;
const WEB = { kind: 'http', service: 'web', protocol: 'http1', rewrite: null } as const;
const OK: Outcome = { kind: 'ok', why: 'answered' };
const outcome = (kind: OutcomeKind): Outcome => ({ kind, why: kind });

/** The endpoints of so many calls, each of which ends well at once. */
function calls(picker: EndpointPicker, count: number, context: RequestContext = contextOf()): (string | undefined)[] {
  return Array.from({ length: count }, () => {
    const pick = picker.pick(context, []);
    pick?.ended(OK);
    return pick?.endpoint.id;
  });
}

const called = (...given: Parameters<typeof calls>): Set<string | undefined> => new Set(calls(...given));
const balanced = (loadBalancing: object, given: RouteGiven = {}) =>
  grpcRoute({ ...given, policy: { loadBalancing } as RouteGiven['policy'] & object });

/** Has calls to one endpoint end so. */
function end(picker: EndpointPicker, id: string, kind: OutcomeKind, times: number): void {
  for (let i = 0; i < times; i++) {
    const others: Endpoint[] = [];
    let pick: Pick = picker.pick(contextOf(), others)!;
    while (pick.endpoint.id !== id) {
      pick.ended(outcome('neutral'));
      others.push(pick.endpoint);
      pick = picker.pick(contextOf(), others)!;
    }
    pick.ended(outcome(kind));
  }
}

describe('calls', () => {
  test('are shared by the instances that are ready', () => {
    const { upstreams, directory } = upstreamsOf([
      instance('a'),
      instance('b', { state: InstanceState.DRAINING }),
      instance('c', { state: InstanceState.STARTING }),
      instance('d'),
    ]);
    const picker = upstreams.pickerFor(grpcRoute());
    expect(called(picker, 40)).toEqual(new Set(['a', 'd']));
    directory.list = [instance('b')];
    expect(called(picker, 4)).toEqual(new Set(['b']));
    directory.list = [];
    expect(calls(picker, 1)).toEqual([undefined]);
  });

  test('that failed somewhere go elsewhere, if there is another', () => {
    const { upstreams, directory } = upstreamsOf([instance('a'), instance('b')]);
    const picker = upstreams.pickerFor(grpcRoute());
    const first = picker.pick(contextOf(), [])!.endpoint;
    for (let i = 0; i < 20; i++) expect(picker.pick(contextOf(), [first])!.endpoint.id).not.toBe(first.id);
    directory.list = [instance(first.id)];
    expect(picker.pick(contextOf(), [first])!.endpoint.id).toBe(first.id);
    // Its next life has failed nobody.
    directory.list = [instance('a', { generation: { epoch: 'e', n: 2n } }), instance('b')];
    const b = upstreams.endpoints('auth')[1]!;
    expect(picker.pick(contextOf(), [endpoint('a', { generation: 'e/1' }), b])!.endpoint.generation).toBe('e/2');
  });

  test('only reach instances whose contract has the method', () => {
    const { upstreams, contracts } = upstreamsOf([
      instance('old', { contractDigest: 'sha256:old' }),
      instance('new', { contractDigest: 'sha256:new' }),
      instance('pushed', { contractDigest: '' }),
    ]);
    const picker = upstreams.pickerFor(grpcRoute());
    expect(called(picker, 20)).toEqual(new Set(['pushed']));
    contracts.learn('sha256:new');
    expect(called(picker, 40)).toEqual(new Set(['pushed', 'new']));
  });

  test('that no instance has the method of can be served by none', () => {
    const { upstreams, contracts } = upstreamsOf([instance('old', { contractDigest: 'sha256:old' })]);
    expect([upstreams.canServe(grpcRoute()), upstreams.isWell(grpcRoute())]).toEqual([false, false]);
    contracts.learn('sha256:old');
    expect([upstreams.canServe(grpcRoute()), upstreams.isWell(grpcRoute())]).toEqual([true, true]);
  });

  test('may go to an instance that is not well, which is not the same', () => {
    const { upstreams } = upstreamsOf([instance('a')]);
    end(upstreams.pickerFor(grpcRoute()), 'a', 'refused', 2);
    expect([upstreams.canServe(grpcRoute()), upstreams.isWell(grpcRoute())]).toEqual([true, false]);
    const page = { kind: 'page', name: 'p', answer: () => Promise.reject(new Error('none')) } as const;
    expect(upstreams.isWell({ ...grpcRoute(), target: page })).toBe(false);
  });

  test('only reach instances that speak their language', () => {
    const { upstreams } = upstreamsOf([
      instance('g'),
      instance('h', { protocol: Protocol.HTTP1 }),
      instance('odd', { protocol: 99 as registryV1.Protocol }),
    ]);
    expect(called(upstreams.pickerFor(grpcRoute()), 40)).toEqual(new Set(['g', 'odd']));
    expect(called(upstreams.pickerFor(httpRoute({ target: WEB })), 4)).toEqual(new Set(['h']));
    const h2 = upstreamsOf([instance('x', { protocol: Protocol.H2 })]);
    expect(h2.upstreams.endpoints('auth')[0]).toMatchObject({
      protocol: 'h2',
      secure: true,
      expect: 'spiffe://x/auth',
    });
  });

  test('pass over what has an open breaker, while there is another', () => {
    const blocked = new Set<string>();
    const { upstreams } = upstreamsOf([instance('a'), instance('b')], {
      isBlocked: (route, { id }) => route.id === 'test' && blocked.has(id),
    });
    const picker = upstreams.pickerFor(grpcRoute());
    blocked.add('a');
    expect(called(picker, 20)).toEqual(new Set(['b']));
    const [a, b] = upstreams.endpoints('auth');
    expect(picker.pick(contextOf(), [b!])!.endpoint).toBe(b);
    blocked.add('b');
    expect(picker.pick(contextOf(), [b!])!.endpoint).toBe(a);
  });
});

describe('the load balancing of a route', () => {
  test('takes turns, by weight', () => {
    const { upstreams } = upstreamsOf([instance('a', { weight: 3 }), instance('b'), instance('c', { weight: 0 })]);
    const picker = upstreams.pickerFor(balanced({ algorithm: 'ROUND_ROBIN', panicThreshold: 20 }));
    expect(calls(picker, 50).filter((id) => id === 'a')).toHaveLength(30);
  });

  test('goes where fewer calls run, whichever route began them', () => {
    const { upstreams } = upstreamsOf([instance('a'), instance('b')]);
    const busy = upstreams.pickerFor(grpcRoute());
    const running = Array.from({ length: 10 }, () => busy.pick(contextOf(), [])!);
    expect(running.filter(({ endpoint: { id } }) => id === 'a')).toHaveLength(5);
    running.filter(({ endpoint: { id } }) => id === 'a').forEach((pick) => pick.ended(OK));
    expect(called(upstreams.pickerFor(balanced({})), 4)).toEqual(new Set(['a']));
  });

  test('goes where the head of an answer comes sooner', () => {
    const { upstreams, clock } = upstreamsOf([instance('a'), instance('b')]);
    const picker = upstreams.pickerFor(balanced({ algorithm: 'PEAK_EWMA' }));
    for (let i = 0; i < 10; i++) {
      const pick = picker.pick(contextOf(), [])!;
      clock.advance(pick.endpoint.id === 'a' ? 100 : 10);
      pick.answered();
      // How long the body takes says nothing of the instance.
      clock.advance(pick.endpoint.id === 'a' ? 0 : 500);
      pick.ended(OK);
    }
    expect(called(picker, 10)).toEqual(new Set(['b']));
  });

  test('does not take failing fast for being fast, nor being given up for nothing', () => {
    const { upstreams, clock } = upstreamsOf([instance('a'), instance('b')]);
    const picker = upstreams.pickerFor(balanced({ algorithm: 'PEAK_EWMA' }));
    const [a, b] = upstreams.ledgerOf('auth').endpoints;
    for (const tracked of [a!, b!]) tracked.latency.observe(100, 0);
    end(picker, 'a', 'failed', 1);
    end(picker, 'a', 'refused', 1);
    expect(a!.latency.value(0)).toBe(100);
    const pick = picker.pick(contextOf(), [b!.endpoint])!;
    clock.advance(1_000);
    pick.ended(outcome('neutral'));
    expect(a!.latency.value(clock.monotonic())).toBe(1_000);
    expect(a!.failed).toBe(2);
  });

  test('sends the same key to the same instance, and calls without one anywhere', () => {
    const list = Array.from({ length: 8 }, (_, index) => instance(`i${index}`));
    const policy = { algorithm: 'CONSISTENT_HASH', hashBy: ['header:x-tenant'] };
    const one = upstreamsOf(list).upstreams.pickerFor(balanced(policy));
    const other = upstreamsOf(list.toReversed()).upstreams.pickerFor(balanced(policy));
    const of = (tenant: string): RequestContext => contextOf({ headers: ['x-tenant', tenant] });
    for (const tenant of ['a', 'b', 'c']) {
      expect(called(one, 5, of(tenant)).size).toBe(1);
      expect(called(other, 5, of(tenant))).toEqual(called(one, 5, of(tenant)));
    }
    expect(called(one, 60).size).toBe(8);
  });

  test('keeps callers on their side of a split: by user, else by address, or as the policy says', () => {
    const { upstreams } = upstreamsOf([instance('old', { version: 'v1' }), instance('new', { version: 'v2' })]);
    const splits = [{ version: 'v2', percent: 50 }];
    const byCaller = upstreams.pickerFor(balanced({ splits }));
    const users = Array.from({ length: 20 }, (_, index) =>
      contextOf({}, { principal: principal({ subject: `u${index}` }) }),
    );
    const addresses = Array.from({ length: 20 }, (_, index) => contextOf({ remoteAddress: `10.0.0.${index}` }));
    for (const contexts of [users, addresses]) {
      const sides = contexts.map((context) => called(byCaller, 5, context));
      expect(sides.every(({ size }) => size === 1)).toBe(true);
      expect(new Set(sides.flatMap((side) => [...side])).size).toBe(2);
    }
    const bySession = upstreams.pickerFor(balanced({ splits, stickyBy: ['header:x-session'] }));
    expect(called(bySession, 5, contextOf({ headers: ['x-session', '1'] })).size).toBe(1);
    expect(called(bySession, 40).size).toBe(2);
  });

  test('prefers the own zone, unless the policy says otherwise', () => {
    const list = [instance('near', { zone: 'a' }), instance('far', { zone: 'b' })];
    const { upstreams } = upstreamsOf(list, { zone: 'a' });
    expect(called(upstreams.pickerFor(grpcRoute()), 20)).toEqual(new Set(['near']));
    expect(called(upstreams.pickerFor(balanced({ preferZone: false })), 40).size).toBe(2);
  });

  test('starts a new instance slowly', () => {
    const { upstreams, directory, clock } = upstreamsOf([instance('a')]);
    const picker = upstreams.pickerFor(balanced({ algorithm: 'ROUND_ROBIN', slowStart: '10s' }));
    calls(picker, 1);
    clock.advance(60_000);
    directory.list = [...directory.list, instance('b')];
    const share = (): number => calls(picker, 100).filter((id) => id === 'b').length;
    expect(share()).toBeLessThan(12);
    clock.advance(10_000);
    expect(share()).toBeGreaterThan(45);
  });
});

describe('instances that should get no calls', () => {
  const failing = { health: { state: HealthState.FAILING, why: 'timeout' } };

  test('are those that the registry says so of, until then', () => {
    const { upstreams, directory, clock } = upstreamsOf([instance('a'), instance('b', failing)]);
    const picker = upstreams.pickerFor(grpcRoute());
    expect(called(picker, 20)).toEqual(new Set(['a']));
    const until = timestampFromMs(clock.now() + 30_000);
    directory.list = [instance('a'), instance('b', { ejection: { why: 'quorum', until } })];
    expect(called(picker, 20)).toEqual(new Set(['a']));
    expect(upstreams.ledgerOf('auth').view(upstreams.ledgerOf('auth').endpoints[1]!)).toMatchObject({
      state: 'ejected-everywhere',
      ejected: { reason: 'ejection', why: 'quorum', until: '2026-01-01T00:00:30.000Z' },
    });
    // Also when the registry is away and doesn't take it back.
    clock.advance(30_000);
    upstreams.ledgerOf('auth').sweep();
    expect(called(picker, 40)).toEqual(new Set(['a', 'b']));
    directory.list = [instance('a'), instance('b', { ejection: { why: 'quorum', shadow: true } })];
    expect(called(picker, 40)).toEqual(new Set(['a', 'b']));
    directory.list = [instance('a'), instance('b', { ejection: { why: 'quorum' } })];
    expect(called(picker, 40)).toEqual(new Set(['a']));
  });

  test('get calls when too few would be left', () => {
    const list = [instance('a'), instance('b', failing), instance('c', failing)];
    const { upstreams } = upstreamsOf(list);
    expect(called(upstreams.pickerFor(grpcRoute()), 60).size).toBe(3);
    expect(upstreams.ledgerOf('auth').panicking).toBe(true);
    expect(called(upstreams.pickerFor(balanced({ panicThreshold: 30 })), 60)).toEqual(new Set(['a']));
    expect(upstreams.ledgerOf('auth').panicking).toBe(false);
  });

  test('are those that fail this edge, for a while, and a new generation is a new start', () => {
    const { upstreams, directory, clock, told } = upstreamsOf([instance('a'), instance('b'), instance('c')]);
    const picker = upstreams.pickerFor(grpcRoute());
    end(picker, 'b', 'failed', 5);
    expect(told.at(-2)).toBe('b out: failures');
    expect(called(picker, 40)).toEqual(new Set(['a', 'c']));
    clock.advance(34_000);
    upstreams.ledgerOf('auth').sweep();
    expect(told.at(-1)).toBe('b back: failures');
    expect(called(picker, 60)).toEqual(new Set(['a', 'b', 'c']));
    end(picker, 'b', 'failed', 5);
    expect(called(picker, 40)).toEqual(new Set(['a', 'c']));
    directory.list = [instance('a'), instance('b', { generation: { epoch: 'e', n: 2n } }), instance('c')];
    expect(called(picker, 60)).toEqual(new Set(['a', 'b', 'c']));
  });

  test('are those that refuse connections, however many, as long as somebody is left', () => {
    const { upstreams, told } = upstreamsOf([instance('a'), instance('b'), instance('c'), instance('d')]);
    const picker = upstreams.pickerFor(grpcRoute());
    for (const id of ['a', 'b', 'c']) end(picker, id, 'refused', 2);
    expect(called(picker, 20)).toEqual(new Set(['d']));
    expect(upstreams.ledgerOf('auth').panicking).toBe(false);
    end(picker, 'd', 'refused', 2);
    expect(called(picker, 60).size).toBeGreaterThan(0);
    const ledger = upstreams.ledgerOf('auth');
    ledger.reached(ledger.endpoints[0]!);
    expect(told).toContain('a back: refused');
  });

  test('do not keep the only instance from being called', () => {
    const { upstreams } = upstreamsOf([instance('a')]);
    const picker = upstreams.pickerFor(grpcRoute());
    end(picker, 'a', 'failed', 20);
    end(picker, 'a', 'refused', 20);
    expect(calls(picker, 1)).toEqual(['a']);
  });

  test('may end calls after they are gone', () => {
    const { upstreams, directory, told } = upstreamsOf([instance('a'), instance('b')]);
    const picker = upstreams.pickerFor(grpcRoute());
    const pick = picker.pick(contextOf(), [])!;
    directory.list = [instance('x')];
    calls(picker, 1);
    pick.ended(OK);
    expect(told).toEqual(['auth ok', 'auth ok']);
  });
});

describe('tunnels', () => {
  const load = (connections: number) => create(registryV1.LoadSchema, { connections });
  const tunnel = contextOf({ upgrade: 'websocket' });
  const node = (id: string, given = {}) => instance(id, { protocol: Protocol.HTTP1, ...given });

  test('go where the fewest are: ours, those that are opening, and those that are reported', () => {
    const { upstreams, tunnels } = upstreamsOf([node('a', { load: load(2) }), node('b')]);
    const picker = upstreams.pickerFor(httpRoute({ target: WEB }));
    const open = (): (() => void) => {
      const pick = picker.pick(tunnel, [])!;
      pick.ended(OK);
      return tunnels.opened('web', pick.endpoint);
    };
    const close = [1, 2, 3].map(open);
    expect([tunnels.count('web', endpoint('a')), tunnels.count('web', endpoint('b'))]).toEqual([1, 2]);
    expect([1, 2, 3].map(() => picker.pick(tunnel, [])!.endpoint.id)).toEqual(['b', 'a', 'b']);
    close.forEach((each) => each());
    close[0]!();
    expect(tunnels.total).toBe(0);
    expect(upstreamsOf([]).upstreams.pickerFor(httpRoute()).pick(tunnel, [])).toBeNull();
  });

  test('go elsewhere than where they failed, and rather to a node that is well', () => {
    const unwell = { health: { state: HealthState.FAILING, why: 'x' } };
    const { upstreams, directory } = upstreamsOf([node('a', unwell), node('b', { load: load(9) })]);
    const picker = upstreams.pickerFor(httpRoute({ target: WEB }));
    const [a, b] = upstreams.endpoints('web');
    expect(picker.pick(tunnel, [])!.endpoint).toBe(b);
    expect(picker.pick(tunnel, [b!])!.endpoint).toBe(a);
    directory.list = [node('a', unwell), node('b', { ...unwell, load: load(9) })];
    expect(picker.pick(tunnel, [])!.endpoint.id).toBe('a');
    end(upstreams.pickerFor(httpRoute({ target: WEB })), 'a', 'refused', 2);
    expect(picker.pick(tunnel, [])!.endpoint.id).toBe('b');
  });
});

describe('sources', () => {
  test('the first that knows a service wins, and can be replaced', () => {
    const { upstreams, fixed } = upstreamsOf([instance('a')]);
    const picker = upstreams.pickerFor(grpcRoute());
    fixed.replace(new Map([['auth', [endpoint('fixed', { protocol: 'grpc', weight: 0 })]]]));
    expect(calls(picker, 1)).toEqual(['fixed']);
    fixed.replace(new Map([['web', []]]));
    expect(calls(picker, 1)).toEqual(['a']);
    expect(upstreams.services()).toEqual(['auth', 'web']);
    expect(upstreams.all().map(({ service }) => service)).toEqual(['auth', 'web']);
    expect(upstreams.endpoints('unknown')).toEqual([]);
    expect(() => upstreams.pickerFor(httpRoute({ target: { kind: 'none' } }))).toThrow('has no endpoints');
  });

  test('what is known of endpoints outlives snapshots and a route file that is read again', () => {
    const { upstreams, fixed } = upstreamsOf([]);
    const read = (...ids: string[]) => new Map([['web', ids.map((id) => endpoint(id))]]);
    const replaced: string[][] = [];
    fixed.onReplace((services) => replaced.push([...services]));
    fixed.replace(read('a', 'b'));
    upstreams.pickerFor(httpRoute({ target: WEB })).pick(contextOf(), []);
    const before = upstreams.endpoints('web');
    fixed.replace(read('a', 'b'));
    expect(upstreams.endpoints('web')).toBe(before);
    fixed.replace(read('a', 'c'));
    expect(upstreams.endpoints('web')[0]).toBe(before[0]);
    const inFlight = upstreams.ledgerOf('web').endpoints.map((each) => each.inFlight);
    expect(inFlight[0]! + inFlight[1]!).toBeLessThanOrEqual(1);
    expect(replaced).toEqual([['web'], ['web'], ['web']]);
  });

  test('an endpoint is the same object for one life, and the array stays while nothing of consequence changes', () => {
    const { upstreams, directory } = upstreamsOf([instance('a', { generation: { epoch: 'e', n: 3n } })]);
    const before = upstreams.endpoints('auth');
    expect(before[0]!.generation).toBe('e/3');
    const [known] = directory.list;
    directory.list = [{ ...known!, load: create(registryV1.LoadSchema, { connections: 7 }) }];
    expect(upstreams.endpoints('auth')).toBe(before);
    expect(before[0]!.reportedConnections).toBe(7);
    directory.list = [{ ...known!, health: create(registryV1.HealthSchema, { state: HealthState.FAILING }) }];
    expect(upstreams.endpoints('auth')).not.toBe(before);
    expect(upstreams.endpoints('auth')[0]).toBe(before[0]);
    const { generation: _, ...nameless } = known!;
    directory.list = [nameless];
    expect(upstreams.endpoints('auth')[0]).not.toBe(before[0]);
    expect(upstreams.endpoints('auth')[0]!.generation).toBe('');
  });
});

test('what is held for an endpoint is released when it goes, moves or begins a new life', () => {
  const [first, second]: Endpoint[][] = [[], []];
  const reaper = new EndpointReaper([first!, second!].map((list) => ({ release: (each) => void list.push(each) })));
  const [a, b, c] = [endpoint('a', { generation: '1' }), endpoint('b'), endpoint('c')];
  reaper.update('auth', [a, b, c]);
  reaper.update('auth', [a, b, c]);
  expect(first).toEqual([]);
  reaper.update('auth', [
    { ...a, generation: '2' },
    { ...b, address: 'b:2' },
  ]);
  expect(first).toEqual([a, b, c]);
  expect(second).toEqual(first);
  new FixedEndpoints().replace(new Map());
});
