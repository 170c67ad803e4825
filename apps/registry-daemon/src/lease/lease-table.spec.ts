import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { fakeClock, type FakeClock } from '@gateway/testing';
import fc from 'fast-check';
import { type Lease, leaseIdOf, parseLeaseId } from './lease';
import { LeaseTable } from './lease-table';
import { instanceFixture, leaseFixture, RecordingListener } from './lease.fixture';
import { compareGenerations, isOlder, Revisions } from './revisions';

const { READY, DRAINING, STARTING, UNSPECIFIED } = registryV1.InstanceState;

let clock: FakeClock;
let revisions: Revisions;
let listener: RecordingListener;
let table: LeaseTable;

beforeEach(() => {
  clock = fakeClock();
  revisions = new Revisions('e1');
  listener = new RecordingListener();
  table = new LeaseTable(clock, revisions, listener);
});

const load = (connections: number, inFlight = 0): registryV1.Load =>
  create(registryV1.LoadSchema, { connections, inFlight });
const found = (leaseId: string): Lease => table.find(leaseId) as Lease;

describe('registering', () => {
  test('gives a generation and tells it', () => {
    const lease = table.register(instanceFixture(), 10_000);
    expect(lease.generation).toEqual({ epoch: 'e1', n: 1n });
    expect(lease.instance.generation).toMatchObject({ epoch: 'e1', n: 1n });
    expect(table.find(leaseIdOf(lease))).toBe(lease);
    expect(table.get({ service: 'demo-service', id: 'a' })).toBe(lease);
    expect(listener.told).toEqual(['upserted a at 1']);
  });

  test('again replaces the former generation, which is fenced', () => {
    const first = leaseIdOf(table.register(instanceFixture(), 10_000));
    const second = leaseIdOf(table.register(instanceFixture(), 10_000));
    expect(table.find(first)).toBe('replaced');
    expect(found(second).generation.n).toBe(2n);
    expect(table.of('demo-service')).toHaveLength(1);
  });

  test('several instances and services', () => {
    table.register(instanceFixture(), 10_000);
    table.register(instanceFixture({ id: 'b' }), 10_000);
    table.register(instanceFixture({ service: 'other' }), 10_000);
    expect(table.counts()).toEqual(new Map([['demo-service', 2], ['other', 1]])); // prettier-ignore
    expect(table.all()).toHaveLength(3);
    expect(table.of('nothing')).toEqual([]);
  });
});

describe('finding', () => {
  test.each([
    '',
    'x',
    'demo-service/a',
    'demo-service/a@e1.x',
    'demo-service/b@e1.1',
    'other/a@e1.1',
    'demo-service/a@e2.1',
  ])('%j is unknown', (leaseId) => {
    table.register(instanceFixture(), 10_000);
    expect(table.find(leaseId)).toBe('unknown');
  });

  test('a generation that was never given is unknown', () => {
    table.register(instanceFixture(), 10_000);
    expect(table.find('demo-service/a@e1.9')).toBe('unknown');
  });
});

describe('renewing', () => {
  test('extends the lease and tells others nothing when nothing changed', () => {
    const lease = table.register(instanceFixture(), 10_000);
    clock.advance(9_000);
    table.renew(lease, { state: UNSPECIFIED });
    clock.advance(9_000);
    expect(table.due()).toEqual([]);
    expect(listener.told).toEqual(['upserted a at 1', 'renewed a']);
  });

  test('passes a new state on at once, with the latest load', () => {
    const lease = table.register(instanceFixture({ state: STARTING }), 10_000);
    const ready = table.renew(lease, { load: load(5), state: READY });
    expect(ready.instance).toMatchObject({ state: READY, load: { connections: 5 } });
    expect(table.renew(ready, { state: DRAINING }).instance.load?.connections).toBe(5);
    expect(listener.told).toEqual(['upserted a at 1', 'upserted a at 2', 'upserted a at 3']);
    expect(listener.causes).toEqual(['renewed', 'renewed', 'renewed']);
  });

  test('never goes back in life', () => {
    const lease = table.register(instanceFixture({ state: DRAINING }), 10_000);
    expect(table.renew(lease, { state: READY }).instance.state).toBe(DRAINING);
  });
});

describe('loads', () => {
  const renew = (next: registryV1.Load | undefined, lease = 'demo-service/a@e1.1') =>
    table.renew(found(lease), { load: next, state: UNSPECIFIED });
  const told = (): registryV1.Load | undefined => table.of('demo-service')[0]?.instance.load;

  test('are told together, when asked for, the latest of each', () => {
    table.register(instanceFixture(), 10_000);
    renew(load(5));
    renew(load(7));
    expect(told()).toBeUndefined();
    table.tellLoads();
    expect(told()?.connections).toBe(7);
    table.tellLoads();
    expect(listener.told).toEqual(['upserted a at 1', 'renewed a', 'renewed a', 'upserted a at 2']);
    expect(listener.causes).toEqual(['renewed', 'load']);
  });

  test.each<[string, registryV1.Load, registryV1.Load | undefined, boolean]>([
    ['a tenth more connections', load(100), load(110), true],
    ['a tenth less in flight', load(0, 100), load(0, 90), true],
    ['less than a tenth', load(100, 100), load(109, 91), false],
    ['the first connection', load(0), load(1), true],
    ['the last connection', load(1), load(0), true],
    ['no word of it', load(1), undefined, false],
  ])('%s counts for others or not', (_what, before, after, counts) => {
    table.register(instanceFixture({ load: before }), 10_000);
    renew(after);
    table.tellLoads();
    expect(told()).toEqual(counts ? after : before);
  });

  test('that add up are told in the end', () => {
    table.register(instanceFixture({ load: load(100) }), 10_000);
    for (const connections of [105, 109, 112]) renew(load(connections));
    table.tellLoads();
    expect(told()?.connections).toBe(112);
  });

  test('that have come back are not told', () => {
    table.register(instanceFixture({ load: load(100) }), 10_000);
    for (const connections of [200, 100]) renew(load(connections));
    table.tellLoads();
    expect(listener.told).toHaveLength(3);
  });

  test('of whoever has gone or was replaced meanwhile are dropped', () => {
    const [a, b] = ['a', 'b'].map((id) => table.register(instanceFixture({ id }), 10_000));
    for (const lease of [a!, b!]) table.renew(lease, { load: load(9), state: UNSPECIFIED });
    table.deregister(a!);
    table.register(instanceFixture({ id: 'b' }), 10_000);
    const before = listener.told.length;
    table.tellLoads();
    expect(listener.told).toHaveLength(before);
  });

  test('of which nothing was said are not nothing', () => {
    table.register(instanceFixture(), 10_000);
    renew(load(0));
    table.tellLoads();
    expect(told()?.connections).toBe(0);
  });
});

describe('what the registry finds out', () => {
  const key = { service: 'demo-service', id: 'a' };
  const health = create(registryV1.HealthSchema, { state: registryV1.HealthState.FAILING, why: 'refused' });
  const ejection = create(registryV1.EjectionSchema, { why: 'errors', agreed: 3, reporters: 4 });

  test('is noted on the instance and told, once', () => {
    const { generation } = table.register(instanceFixture(), 10_000);
    expect(table.annotate(key, generation, { health })!.instance.health).toEqual(health);
    const noted = table.annotate(key, generation, { ejection })!;
    expect(noted.instance).toMatchObject({ health, ejection });
    expect(table.annotate(key, generation, { health, ejection })).toBe(noted);
    expect(table.annotate(key, generation, { ejection: null })!.instance).toMatchObject({
      health,
      ejection: undefined,
    });
    expect(listener.told).toEqual([1, 2, 3, 4].map((n) => `upserted a at ${n}`));
    expect(listener.causes).toEqual(['renewed', 'noted', 'noted', 'noted']);
  });

  test('is no renewal', () => {
    const { generation } = table.register(instanceFixture(), 10_000);
    clock.advance(9_000);
    table.annotate(key, generation, { health });
    clock.advance(1_000);
    expect(table.due()).toHaveLength(1);
  });

  test('of another life, or of one that has gone, is refused', () => {
    const lease = table.register(instanceFixture(), 10_000);
    expect(table.annotate(key, { epoch: 'e1', n: 9n }, { health })).toBeNull();
    table.deregister(lease);
    expect(table.annotate(key, lease.generation, { health })).toBeNull();
  });
});

describe('the end', () => {
  const due = (): string[] => table.due().map(({ lease }) => lease.id);

  test('is due when a lease isn’t renewed, at its own time', () => {
    table.register(instanceFixture(), 1_000);
    table.register(instanceFixture({ id: 'b' }), 2_000);
    clock.advance(999);
    expect(due()).toEqual([]);
    clock.advance(1);
    expect(due()).toEqual(['a']);
    clock.advance(1_000);
    expect(due()).toEqual(['a', 'b']);
    for (const { lease } of table.due()) table.expire(lease);
    expect([table.size, table.counts().size]).toEqual([0, 0]);
    expect(listener.told.slice(2)).toEqual(['removed a at 3', 'removed b at 4']);
    expect(listener.causes.at(-1)).toBe('expired');
  });

  test('comes when it is given up', () => {
    const lease = table.register(instanceFixture(), 1_000);
    table.deregister(lease);
    expect(table.find(leaseIdOf(lease))).toBe('unknown');
    expect(listener.told.at(-1)).toBe('removed a at 2');
    expect(listener.causes.at(-1)).toBe('deregistered');
  });

  test('is put off for a time in which nobody could renew', () => {
    table.register(instanceFixture(), 1_000);
    clock.advance(5_000);
    table.extend(4_500);
    expect(due()).toEqual([]);
  });

  test('doesn’t come by setting the clock', () => {
    table.register(instanceFixture(), 1_000);
    clock.setNow(clock.now() + 3_600_000);
    expect(due()).toEqual([]);
  });

  test('is known or not, until a renewal', () => {
    const lease = table.register(instanceFixture(), 1_000);
    expect(table.isDue(lease)).toBe(false);
    clock.advance(1_000);
    expect(table.isDue(lease)).toBe(true);
    expect(table.due()).toMatchObject([{ lease, renewedHere: true, overdueSince: null }]);
    table.postpone(lease, 500, false);
    expect(table.isDue(lease)).toBe(false);
    clock.advance(500);
    table.postpone(lease, 500, true);
    clock.advance(500);
    table.postpone(lease, 500, true);
    expect([table.overdue, table.isRenewed(lease)]).toEqual([1, false]);
    clock.advance(500);
    expect(table.due()).toMatchObject([{ overdueSince: 1_500 }]);
    table.renew(lease, { state: UNSPECIFIED });
    expect([table.overdue, table.isRenewed(lease), table.isDue(lease)]).toEqual([0, true, false]);
    expect(table.isRenewed({ ...lease, generation: { epoch: 'e1', n: 0n } })).toBe(false);
    clock.advance(1_000);
    expect(table.isRenewed(lease)).toBe(false);
    table.prolong(lease, 1_000);
    expect(table.isRenewed(lease)).toBe(false);
  });

  test('is later for whoever was renewed elsewhere', () => {
    const lease = table.register(instanceFixture(), 1_000);
    clock.advance(1_000);
    table.prolong(lease, 700);
    clock.advance(699);
    expect(due()).toEqual([]);
    clock.advance(1);
    expect(table.due()).toMatchObject([{ renewedHere: false }]);
  });

  test('of an unknown one is nothing', () => {
    const lease = leaseFixture({ epoch: 'e1', n: 1n });
    expect([table.isDue(lease), table.isRenewed(lease)]).toEqual([false, false]);
  });
});

describe('what other daemons know', () => {
  test('is taken for its whole length, under its own generation', () => {
    const lease = leaseFixture({ epoch: 'e0', n: 7n });
    table.learn(lease);
    clock.advance(9_999);
    expect(table.due()).toEqual([]);
    expect(table.find('demo-service/a@e0.7')).toBe(lease);
    expect(listener.told).toEqual(['learnt a at 8']);
  });

  test('replaces an older generation, which is fenced, and not a newer one', () => {
    const lease = table.register(instanceFixture(), 1_000);
    table.learn(leaseFixture({ epoch: 'e1', n: 5n }));
    expect(table.find(leaseIdOf(lease))).toBe('replaced');
    table.learn(leaseFixture({ epoch: 'e1', n: 4n }));
    expect(table.get(lease)!.generation.n).toBe(5n);
    expect(table.register(instanceFixture(), 1_000).generation.n).toBe(7n);
    expect(listener.told).toEqual(['upserted a at 1', 'learnt a at 6', 'upserted a at 7']);
  });

  test('of the same life counts when it is later', () => {
    const first = leaseFixture({ epoch: 'e1', n: 1n }, { zone: 'first' });
    const second = { ...leaseFixture({ epoch: 'e1', n: 1n }, { zone: 'second' }), revision: 2n };
    table.learn(second);
    table.learn(first);
    expect(table.get(first)).toBe(second);
    table.learn({ ...first, revision: 3n });
    expect(table.get(first)!.instance.zone).toBe('first');
    expect(listener.told).toHaveLength(2);
  });

  test('that differs in its load alone is told as that', () => {
    const lease = leaseFixture({ epoch: 'e1', n: 1n });
    table.learn(lease);
    table.learn({ ...leaseFixture(lease.generation, { load: load(3) }), revision: 2n });
    table.learn({ ...leaseFixture(lease.generation, { load: load(4), zone: 'eu' }), revision: 3n });
    expect(listener.causes).toEqual(['learnt', 'learnt load', 'learnt']);
  });

  test('that differs in nothing is told nobody', () => {
    const lease = leaseFixture({ epoch: 'e1', n: 1n });
    table.learn(lease);
    table.learn({ ...lease, revision: 9n });
    expect(table.get(lease)!.revision).toBe(9n);
    expect(listener.told).toHaveLength(1);
  });

  test('never brings an instance back in life, and what both know is told to all', () => {
    const lease = table.register(instanceFixture({ state: DRAINING }), 10_000);
    table.learn({ ...leaseFixture(lease.generation, { zone: 'new', state: READY }), revision: 4n });
    expect(table.get(lease)!.instance).toMatchObject({ zone: 'new', state: DRAINING });
    expect(listener.told).toEqual(['upserted a at 1', 'upserted a at 5']);
    expect(listener.causes.at(-1)).toBe('noted');
    table.learn({ ...leaseFixture(lease.generation, { state: STARTING }), revision: 1n });
    expect(listener.told).toHaveLength(2);
  });

  test('is forgotten when they have ended it, and only that life', () => {
    const lease = table.register(instanceFixture(), 1_000);
    expect(table.forget({ ...lease, generation: { epoch: 'e1', n: 0n } })).toBe(false);
    expect(table.forget(lease)).toBe(true);
    expect(table.forget(lease)).toBe(false);
    expect(listener.told.at(-1)).toBe('forgotten a at 2');
  });
});

describe('revisions', () => {
  test('go on behind the store’s, and never back', () => {
    revisions.adopt({ epoch: 'e2', n: 10n });
    expect(revisions.next()).toEqual({ epoch: 'e2', n: 11n });
    revisions.adopt({ epoch: 'e3', n: 2n });
    expect(revisions.latest).toEqual({ epoch: 'e3', n: 11n });
  });

  test('of several daemons never meet, grow with their time, and follow what others gave', () => {
    let time = 1_000n;
    const numbered = (residue: bigint) => new Revisions('e', { floor: () => time, residue, modulus: 8n });
    const [one, other] = [numbered(3n), numbered(0n)];
    expect([one.next().n, one.next().n, other.next().n, other.next().n]).toEqual([1_003n, 1_011n, 1_000n, 1_008n]);
    time = 2_000n;
    expect([one.next().n, other.next().n]).toEqual([2_003n, 2_000n]);
    other.saw(5_000n);
    other.saw(1n);
    expect(other.next().n).toBe(5_008n);
  });

  test('that claim one instance are ordered by number, then by epoch', () => {
    const of = (epoch: string, n: bigint) => ({ epoch, n });
    expect(compareGenerations(of('a', 2n), of('b', 1n))).toBeGreaterThan(0);
    expect(compareGenerations(of('b', 1n), of('a', 2n))).toBeLessThan(0);
    expect(compareGenerations(of('a', 1n), of('b', 1n))).toBeLessThan(0);
    expect(compareGenerations(of('b', 1n), of('a', 1n))).toBeGreaterThan(0);
    expect(compareGenerations(of('a', 1n), of('a', 1n))).toBe(0);
  });

  test('of different epochs have no order', () => {
    expect(isOlder({ epoch: 'a', n: 1n }, { epoch: 'a', n: 2n })).toBe(true);
    expect(isOlder({ epoch: 'a', n: 2n }, { epoch: 'a', n: 2n })).toBe(false);
    expect(isOlder({ epoch: 'a', n: 1n }, { epoch: 'b', n: 2n })).toBe(false);
  });
});

test('whatever the text, a lease id is one or isn’t', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[^/@]{0,5}\/[^/@]{0,5}@[^.@]{0,3}\.\d{0,25}$/)), (text) => {
      const parsed = parseLeaseId(text);
      if (parsed) expect(leaseIdOf(parsed)).toBe(text.replace(/\.0*(?=\d+$)/, '.'));
      expect(['unknown', 'replaced']).toContain(table.find(text));
    }),
  );
});
