import { beforeEach, expect, test } from '@jest/globals';
import { eventually, fakeClock, type FakeClock } from '@gateway/testing';
import { LeaseTable } from '../lease/lease-table';
import { instanceFixture, leaseFixture } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { LeaseSync } from './lease-sync';
import { ScriptedStore } from './scripted-store.fixture';

let clock: FakeClock;
let store: ScriptedStore;
let revisions: Revisions;
let table: LeaseTable;
let sync: LeaseSync;
let warnings: number;

beforeEach(() => {
  clock = fakeClock();
  store = new ScriptedStore();
  warnings = 0;
  fresh();
});

/** A process that has just begun. */
function fresh(): void {
  revisions = new Revisions('local');
  table = new LeaseTable(clock, revisions, {
    upserted: (lease) => sync.changed(lease),
    renewed: (lease) => sync.changed(lease),
    removed: (lease) => sync.removed(lease),
  });
  const logger = { info: () => undefined, warn: () => (warnings += 1) };
  sync = new LeaseSync(store, table, revisions, clock, logger);
}

const stored = async (): Promise<string[]> => (await store.content()).ids;
const register = (id: string) => table.register(instanceFixture({ id }), 10_000);

test('a start takes over what the store holds, and numbers go on behind it', async () => {
  await store.write('demo-service', [leaseFixture({ epoch: 'life-1', n: 7n })], [], 9n);
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
  expect(store.writes).toEqual(['demo-service +a -b']);
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
  await store.write('demo-service', [leaseFixture({ epoch: 'life-1', n: 7n })], [], 9n);
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
