import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { eventually, fakeClock, type FakeClock } from '@gateway/testing';
import { type Lease, leaseIdOf } from '../lease/lease';
import { LeaseTable } from '../lease/lease-table';
import { instanceFixture, leaseFixture } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { LeaseSync, RELOAD_MS } from './lease-sync';
import { ScriptedStore } from './scripted-store.fixture';
import { SETTLE_MS } from './shared-store-leases';

const { DRAINING, UNSPECIFIED } = registryV1.InstanceState;

/** A daemon's part of the registry. */
interface Daemon {
  readonly table: LeaseTable;
  readonly sync: LeaseSync;
  readonly revisions: Revisions;
  /** What its watchers were told, one line each. */
  readonly told: string[];
}

let clock: FakeClock;
let store: ScriptedStore;
let warnings: number;
let revisions: Revisions;
let table: LeaseTable;
let sync: LeaseSync;

beforeEach(() => {
  clock = fakeClock();
  store = new ScriptedStore(clock);
  warnings = 0;
  ({ revisions, table, sync } = daemon());
});

/** A process that has just begun, on the one store. Its numbers are its own. */
function daemon(residue = 0n): Daemon {
  const numbers = new Revisions('local', { floor: () => BigInt(clock.now()) * 65_536n, residue, modulus: 4_096n });
  const told: string[] = [];
  const leases: LeaseTable = new LeaseTable(clock, numbers, {
    upserted: (lease, _revision, cause) => {
      told.push(`+${lease.id}`);
      own.upserted(lease, cause);
    },
    renewed: (lease) => own.renewed(lease),
    removed: (lease, _revision, cause) => {
      told.push(`-${lease.id}`);
      own.removed(lease, cause);
    },
  });
  const logger = { info: () => undefined, warn: () => (warnings += 1) };
  const own: LeaseSync = new LeaseSync(store, leases, numbers, clock, logger);
  return { table: leases, sync: own, revisions: numbers, told };
}

const stored = async (): Promise<string[]> => (await store.content()).ids;
const register = (id: string, at = table) => at.register(instanceFixture({ id }), 10_000);
const ids = (at = table) => at.all().map(({ id }) => id);
/** As a daemon that has gone would have left them. */
const write = (n: bigint, ...leases: Lease[]) =>
  store.write({
    service: 'demo-service',
    put: leases.map((lease) => ({ lease, renewed: true })),
    renewed: [],
    removed: [],
    n,
  });
/** Lets everything happen that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

test('a start takes over what the store holds, and numbers go on behind it', async () => {
  await write(9n, leaseFixture({ epoch: 'life-1', n: 7n }));
  await sync.start();
  expect(table.all().map(({ id }) => id)).toEqual(['a']);
  expect(revisions.latest.epoch).toBe('life-1');
  expect(register('b').generation.n).toBeGreaterThan(9n);
});

test('changes are written as they come, those of one turn together', async () => {
  await sync.start();
  const [, b] = [register('a'), register('b')];
  table.deregister(b);
  await sync.settled(1_000);
  expect(await stored()).toEqual(['a']);
  expect(store.writes).toEqual(['demo-service +a ~ -b']);
});

test('what happened while the store was away is written when it is back', async () => {
  await sync.start();
  const a = register('a');
  await sync.settled(1_000);
  store.goAway();
  table.deregister(a);
  register('b');
  await sync.settled(1_000);
  store.comeBack();
  await sync.settled(1_000);
  expect(await stored()).toEqual(['b']);
});

test('a store that comes back empty gets everything, in its new epoch', async () => {
  await sync.start();
  register('a');
  await sync.settled(1_000);
  store.goAway();
  store.comeBackEmpty('life-2');
  await sync.settled(1_000);
  expect(await stored()).toEqual(['a']);
  expect(revisions.latest.epoch).toBe('life-2');
  expect(table.all()[0]!.generation.epoch).toBe('life-1');
});

test('a lease given up while the store was away doesn’t come back with it', async () => {
  await write(9n, leaseFixture({ epoch: 'life-1', n: 7n }));
  store.goAway();
  await sync.start();
  const lease = table.register(instanceFixture(), 10_000);
  table.deregister(lease);
  store.comeBack();
  await sync.settled(1_000);
  expect(table.all()).toEqual([]);
  expect(await stored()).toEqual([]);
});

test('what the store refuses is tried again', async () => {
  await sync.start();
  store.failures = 2;
  register('a');
  await sync.settled(1_000);
  expect(warnings).toBe(1);
  await eventually(async () => {
    clock.advance(500);
    expect(await stored()).toEqual(['a']);
  });
  expect(warnings).toBe(2);
});

test('a lease that was removed while its write failed is removed', async () => {
  await sync.start();
  store.failures = 1;
  const lease = register('a');
  const settled = sync.settled(1_000);
  await Promise.resolve();
  await Promise.resolve();
  table.deregister(lease);
  await settled;
  clock.advance(500);
  await sync.settled(1_000);
  expect(await stored()).toEqual([]);
});

test('nobody waits longer than he asked for', async () => {
  await sync.start();
  store.write = () => new Promise(() => undefined);
  register('a');
  const settled = sync.settled(100);
  await Promise.resolve();
  clock.advance(100);
  await settled;
});

test('the end writes what is left and lets go', async () => {
  await sync.start();
  register('a');
  await sync.stop();
  expect(await stored()).toEqual(['a']);
  expect(store.listeners).toBe(0);
  expect(clock.pending).toBe(0);
});

test('renewals alone write no leases, and a store that lacks one gets it whole', async () => {
  await sync.start();
  const lease = register('a');
  await sync.settled(1_000);
  table.renew(lease, { state: UNSPECIFIED });
  await sync.settled(1_000);
  expect(store.writes.at(-1)).toBe('demo-service + ~a -');
  await store.write({ service: 'demo-service', put: [], renewed: [], removed: [], n: 1n });
  clock.advance(10_000);
  await store.expire('demo-service', [lease]);
  table.learn(lease);
  register('a');
  table.renew(table.get(lease)!, { state: UNSPECIFIED });
  await sync.settled(1_000);
  expect(await stored()).toEqual(['a']);
});

test('a change and a renewal that wait together are one write', async () => {
  await sync.start();
  const lease = register('a');
  table.renew(lease, { state: UNSPECIFIED });
  await sync.settled(1_000);
  table.renew(lease, { state: UNSPECIFIED });
  table.renew(lease, { state: DRAINING });
  await sync.settled(1_000);
  expect(store.writes).toEqual(['demo-service +a ~ -', 'demo-service +a ~ -']);
});

test('a change whose write failed isn’t lost to the renewal after it', async () => {
  await sync.start();
  const lease = register('a');
  await sync.settled(1_000);
  store.failures = 1;
  table.renew(lease, { state: DRAINING });
  await turns();
  table.renew(table.get(lease)!, { state: UNSPECIFIED });
  clock.advance(500);
  await sync.settled(1_000);
  expect(await store.find(lease)).toMatchObject({ instance: { state: DRAINING } });
});

test('a store counts as settled some time after it is there, is back, or is in another life', async () => {
  await sync.start();
  clock.advance(SETTLE_MS - 1);
  expect(sync.shared.isSettled()).toBe(false);
  clock.advance(1);
  expect(sync.shared.isSettled()).toBe(true);
  store.goAway();
  store.comeBack();
  expect(sync.shared.isSettled()).toBe(false);
  clock.advance(SETTLE_MS);
  store.comeBackEmpty('life-2');
  await sync.settled(1_000);
  expect(sync.shared.isSettled()).toBe(false);
  clock.advance(SETTLE_MS);
  expect(sync.shared.isSettled()).toBe(true);
});

describe('two daemons on one store', () => {
  let other: Daemon;

  beforeEach(async () => {
    other = daemon(1n);
    await Promise.all([sync.start(), other.sync.start()]);
  });
  const both = async (): Promise<void> => {
    await Promise.all([sync.settled(1_000), other.sync.settled(1_000)]);
    await Promise.all([sync.settled(1_000), other.sync.settled(1_000)]);
  };

  test('know the same: what one grants, changes and ends is known to the other, in its order', async () => {
    const lease = register('a');
    await both();
    expect(other.table.get(lease)).toMatchObject({ generation: lease.generation });
    table.renew(lease, { state: DRAINING });
    await both();
    expect(other.table.get(lease)?.instance.state).toBe(DRAINING);
    other.table.deregister(other.table.get(lease)!);
    await both();
    expect([ids(), await stored()]).toEqual([[], []]);
    expect(other.told).toEqual(['+a', '+a', '-a']);
  });

  test('a replaced generation is fenced at both, and the later one has the greater number', async () => {
    const first = register('a');
    await both();
    clock.advance(1);
    const second = register('a', other.table);
    expect(second.generation.n).toBeGreaterThan(first.generation.n);
    await both();
    expect(table.find(leaseIdOf(first))).toBe('replaced');
    expect(other.table.find(leaseIdOf(first))).toBe('replaced');
  });

  test('a lease that one hasn’t heard of is looked for when it is renewed', async () => {
    store.deaf = true;
    const lease = register('a');
    await both();
    const leaseId = leaseIdOf(lease);
    expect(other.table.find(leaseId)).toBe('unknown');
    await other.sync.lookUp(leaseId);
    expect(other.table.find(leaseId)).toMatchObject({ id: 'a' });
    expect(other.sync.lookUp(leaseId)).toBeNull();
    expect(other.sync.lookUp('nonsense')).toBeNull();
    await other.sync.lookUp('demo-service/nobody@e.1');
    expect(ids(other.table)).toEqual(['a']);
  });

  test('looking for a lease waits a quarter of a second at most, and not for a store that is away', async () => {
    const release = store.hold();
    const looked = other.sync.lookUp('demo-service/a@e.1')!;
    await turns();
    clock.advance(250);
    clock.advance(1);
    await looked;
    expect(warnings).toBe(1);
    release();
    store.goAway();
    expect(other.sync.lookUp('demo-service/a@e.1')).toBeNull();
  });

  test('a lease given up here isn’t brought back by what the other said before, nor looked for', async () => {
    const lease = register('a');
    await both();
    store.deaf = true;
    store.goAway();
    other.table.annotate(lease, lease.generation, { health: create(registryV1.HealthSchema, { why: 'late' }) });
    table.deregister(lease);
    store.comeBack();
    store.deaf = false;
    await both();
    expect([ids(), ids(other.table), await stored()]).toEqual([[], [], []]);
    store.goAway();
    const next = register('b');
    table.deregister(next);
    store.comeBack();
    expect(sync.lookUp(leaseIdOf(next))).toBeNull();
  });

  test('the same instance registered at both while the store was away: the later one stays, at both', async () => {
    store.goAway();
    const first = register('a');
    clock.advance(5);
    const second = register('a', other.table);
    store.comeBack();
    await both();
    for (const each of [table, other.table]) expect(each.get(first)!.generation).toEqual(second.generation);
    expect((await store.find(first))!.generation).toEqual(second.generation);
  });

  test('changes of both to one life while the store was away end in one', async () => {
    const lease = register('a');
    await both();
    store.goAway();
    table.renew(lease, { state: DRAINING });
    clock.advance(5);
    other.table.annotate(lease, lease.generation, { health: create(registryV1.HealthSchema, { why: 'refused' }) });
    store.comeBack();
    await both();
    await both();
    for (const each of [table, other.table, { get: () => undefined }].slice(0, 2))
      expect(each.get(lease)!.instance).toMatchObject({ state: DRAINING, health: { why: 'refused' } });
    expect((await store.find(lease))!.instance).toMatchObject({ state: DRAINING, health: { why: 'refused' } });
  });

  test('a store that comes back empty is filled by both, at different moments, and nobody misses anyone', async () => {
    register('a');
    register('b', other.table);
    await both();
    store.goAway();
    store.comeBackEmpty('life-2');
    await both();
    expect(await stored()).toEqual(['a', 'b']);
    expect([ids().sort(), ids(other.table).sort()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(other.told.sort()).toEqual(['+a', '+b']);
  });

  test('told nothing, they find out with the next reading', async () => {
    register('a');
    await both();
    store.deaf = true;
    register('b');
    table.deregister(table.get({ service: 'demo-service', id: 'a' })!);
    await both();
    expect(ids(other.table)).toEqual(['a']);
    clock.advance(RELOAD_MS);
    await both();
    expect(ids(other.table)).toEqual(['b']);
  });

  test('what is told while everything is read comes after it', async () => {
    register('a');
    await both();
    const release = store.hold();
    clock.advance(RELOAD_MS);
    await turns();
    table.deregister(table.get({ service: 'demo-service', id: 'a' })!);
    release();
    await both();
    expect([ids(), ids(other.table)]).toEqual([[], []]);
  });

  test('a reading that fails is done again, and nobody is dropped for it', async () => {
    register('a');
    await both();
    store.failures = 2;
    clock.advance(RELOAD_MS);
    await both();
    expect(ids(other.table)).toEqual(['a']);
    expect(warnings).toBe(2);
    register('b');
    clock.advance(500);
    await both();
    expect(ids(other.table)).toEqual(['a', 'b']);
  });

  test('tell what leases have left by the store’s clock, whoever renewed', async () => {
    const lease = register('a');
    await both();
    clock.advance(9_000);
    table.renew(lease, { state: UNSPECIFIED });
    await both();
    const known = other.table.get(lease)!;
    expect(await other.sync.shared.remaining([known])).toEqual(new Map([[known, 10_000]]));
  });

  test('ask nothing of a store that is away, fails, or is in another life', async () => {
    const lease = register('a');
    await both();
    store.failures = 1;
    expect(await sync.shared.remaining([lease])).toBeNull();
    store.failures = 1;
    expect(await sync.shared.expire([lease])).toEqual([]);
    store.goAway();
    expect(await sync.shared.remaining([lease])).toBeNull();
    store.comeBackEmpty('life-2');
    expect(await sync.shared.remaining([lease])).toBeNull();
  });

  test('drop a lease that the store has no more, or learn what it has instead', async () => {
    store.deaf = true;
    const [a, b, c] = ['a', 'b', 'c'].map((id) => register(id));
    await both();
    for (const each of [a!, b!, c!]) await other.sync.lookUp(leaseIdOf(each));
    table.deregister(a!);
    clock.advance(1);
    register('b');
    await both();
    const known = other.table.all();
    expect([...(await other.sync.shared.remaining(known))!.keys()].map(({ id }) => id)).toEqual(['c']);
    expect(other.table.all().map(({ id }) => id)).toEqual(['b', 'c']);
    expect(other.table.find(leaseIdOf(b!))).toBe('replaced');
  });

  test('leave alone what waits to be written when the store lacks it', async () => {
    const lease = register('a');
    const left = sync.shared.remaining([lease]);
    expect((await left)?.size ?? 0).toBe(0);
    expect(ids()).toEqual(['a']);
  });

  test('one ends a lease for both, and only when it has run out for all', async () => {
    const [a, b] = [register('a'), register('b')];
    await both();
    clock.advance(9_000);
    other.table.renew(other.table.get(b)!, { state: UNSPECIFIED });
    await both();
    clock.advance(1_000);
    for (const lease of [a, b]) table.postpone(lease, 1_000, true);
    expect((await sync.shared.expire([a, b])).map(({ id }) => id)).toEqual(['a']);
    expect([ids(), ids(other.table), await stored()]).toEqual([['b'], ['b'], ['b']]);
  });

  test('a renewal that comes while its lease is being ended wins', async () => {
    const lease = register('a');
    await both();
    clock.advance(10_000);
    table.postpone(lease, 1_000, true);
    const ending = sync.shared.expire([lease]);
    table.renew(lease, { state: UNSPECIFIED });
    expect(await ending).toEqual([]);
    await both();
    expect([ids(), ids(other.table), await stored()]).toEqual([['a'], ['a'], ['a']]);
  });

  test('whoever ran out here while the store was away, and was renewed there, comes back', async () => {
    const [a, b] = [register('a'), register('b')];
    await both();
    store.goAway();
    clock.advance(10_000);
    for (const lease of [a, b]) table.expire(lease);
    other.table.renew(other.table.get(a)!, { state: UNSPECIFIED });
    expect(ids()).toEqual([]);
    store.comeBack();
    await both();
    await both();
    expect([ids(), ids(other.table), await stored()]).toEqual([['a'], ['a'], ['a']]);
  });
});
