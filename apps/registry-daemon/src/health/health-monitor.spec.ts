import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { registryV1 } from '@gateway/contracts';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { alone, type Members } from '../cluster/members';
import type { Lease } from '../lease/lease';
import { LeaseTable } from '../lease/lease-table';
import { instanceFixture, RecordingListener } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { Checker, type Probe } from './checker';
import { HealthMonitor } from './health-monitor';

const { HealthCheck_Kind: Kind, HealthState: State, InstanceState } = registryV1;

const ALONE = alone('one');
const UNUSED: Probe = { check: () => Promise.resolve(), forget: () => undefined, close: () => undefined };

/** Daemons that share one table, as if replication took no time. */
let clock: FakeClock;
let table: LeaseTable;
let told: string[];
let sick: Map<string, string>;
/** When each check of an instance began, and by whom. */
let checks: { by: string; key: string; at: number }[];
let live: string[];
let listeners: Set<() => void>;
let forgotten: string[];
let counted: string[];
let monitors: HealthMonitor[];

beforeEach(() => {
  clock = fakeClock();
  const listener = new RecordingListener();
  told = listener.told;
  table = new LeaseTable(clock, new Revisions('e'), listener);
  [sick, checks, live, listeners] = [new Map(), [], [], new Set()];
  [forgotten, counted, monitors] = [[], [], []];
});
afterEach(() => monitors.forEach((monitor) => monitor.stop()));

function daemon(self: string): HealthMonitor {
  live = [...live, self];
  const members: Members = {
    self,
    live: () => live,
    onChange: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
  const grpc: Probe = {
    check: ({ key }) => {
      checks.push({ by: self, key, at: clock.monotonic() });
      const why = sick.get(key.slice(0, key.indexOf('@')));
      return why === undefined ? Promise.resolve() : Promise.reject(new Error(why));
    },
    forget: (key) => void forgotten.push(key),
    close: () => void forgotten.push('all'),
  };
  const monitor = new HealthMonitor({
    ...{ table, members, clock, random: () => 0.5 },
    checker: new Checker({ grpc, http: UNUSED, tcp: UNUSED }, clock),
    checked: (kind, passed) => counted.push(`${kind} ${passed}`),
  });
  monitors.push(monitor);
  monitor.start();
  return monitor;
}

function die(monitor: HealthMonitor, self: string): void {
  monitor.stop();
  live = live.filter((each) => each !== self);
  for (const changed of listeners) changed();
}

/** Lets time pass with whatever is waited for. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(Math.min(100, left));
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  }
}

const healthOf = (lease: Lease) => table.get(lease)?.instance.health;
const stateOf = (lease: Lease) => healthOf(lease)?.state;

describe('a checked instance', () => {
  test('is passing, then failing after three failures, then passing again after one pass', async () => {
    daemon('one');
    const lease = table.register(instanceFixture(), 60_000);
    await pass(3_000);
    expect(stateOf(lease)).toBe(State.PASSING);
    sick.set('demo-service/a', 'connection refused');
    await pass(6_000);
    expect(stateOf(lease)).toBe(State.PASSING);
    await pass(3_000);
    expect(healthOf(lease)).toMatchObject({ state: State.FAILING, why: 'connection refused' });
    expect(timestampDate(healthOf(lease)!.since!).getTime()).toBeLessThanOrEqual(clock.now());
    sick.clear();
    await pass(3_000);
    expect(healthOf(lease)).toMatchObject({ state: State.PASSING, why: 'connection refused' });
    expect(new Set(counted)).toEqual(new Set(['grpc true', 'grpc false']));
  });

  test('costs watchers nothing while nothing changes', async () => {
    daemon('one');
    table.register(instanceFixture(), 60_000);
    await pass(30_000);
    expect(checks.length).toBeGreaterThan(8);
    expect(told).toEqual(['upserted a at 1', 'upserted a at 2']);
  });

  test('is noted again when the note was lost to another writer', async () => {
    daemon('one');
    const lease = table.register(instanceFixture(), 60_000);
    await pass(3_000);
    table.annotate(lease, lease.generation, { health: create(registryV1.HealthSchema) });
    await pass(3_000);
    expect(stateOf(lease)).toBe(State.PASSING);
  });

  test('in a new life begins anew', async () => {
    daemon('one');
    const old = table.register(instanceFixture(), 60_000);
    sick.set('demo-service/a', 'broken');
    await pass(12_000);
    expect(stateOf(old)).toBe(State.FAILING);
    const next = table.register(instanceFixture(), 60_000);
    expect(stateOf(next)).toBeUndefined();
    await pass(1_000);
    expect(forgotten).toEqual([`demo-service/a@e.${old.generation.n}`]);
    await pass(3_000);
    expect(checks.at(-1)!.key).toBe(`demo-service/a@e.${next.generation.n}`);
    expect(stateOf(next)).toBeUndefined();
  });

  test('is checked no more when it drains or goes', async () => {
    const monitor = daemon('one');
    const a = table.register(instanceFixture(), 60_000);
    const b = table.register(instanceFixture({ id: 'b' }), 60_000);
    await pass(3_000);
    expect(monitor.size).toBe(2);
    table.renew(a, { state: InstanceState.DRAINING });
    table.deregister(b);
    await pass(1_000);
    expect(monitor.size).toBe(0);
    expect(stateOf(a)).toBe(State.PASSING);
  });
});

test('starting instances, and those that don’t want it, are not checked', async () => {
  const monitor = daemon('one');
  table.register(instanceFixture({ state: InstanceState.STARTING }), 60_000);
  table.register(instanceFixture({ id: 'b', healthCheck: { kind: Kind.NONE } }), 60_000);
  await pass(6_000);
  expect(monitor.size).toBe(0);
  expect(checks).toEqual([]);
});

describe('an answer that comes late', () => {
  let answer: { resolve: () => void; reject: (error: Error) => void };
  let lease: Lease;

  beforeEach(async () => {
    const grpc: Probe = { ...UNUSED, check: () => new Promise((resolve, reject) => (answer = { resolve, reject })) };
    const monitor = new HealthMonitor({
      ...{ table, clock, random: () => 0.5, checked: () => counted.push('checked') },
      members: ALONE,
      checker: new Checker({ grpc, http: UNUSED, tcp: UNUSED }, clock),
    });
    monitors.push(monitor);
    monitor.start();
    lease = table.register(instanceFixture(), 60_000);
    await pass(2_600);
  });

  test('for an instance that is gone is dropped', async () => {
    table.deregister(lease);
    await pass(500);
    answer.resolve();
    await pass(100);
    expect(counted).toEqual([]);
  });

  test('after this process stood still counts as nothing', async () => {
    for (let n = 0; n < 5; n++) {
      await pass(4_000);
      answer.reject(new Error('too late'));
      await pass(100);
    }
    expect(counted).toEqual([]);
    expect(stateOf(lease)).toBeUndefined();
  });
});

describe('several daemons', () => {
  const INSTANCES = 60;
  const register = (): Lease[] =>
    Array.from({ length: INSTANCES }, (_each, n) => table.register(instanceFixture({ id: `i${n}` }), 60_000));

  test('share the instances: each is checked by one', async () => {
    const all = ['one', 'two', 'three'].map(daemon);
    register();
    await pass(6_000);
    expect(all.map(({ size }) => size).reduce((sum, size) => sum + size)).toBe(INSTANCES);
    for (const { size } of all) expect(size).toBeGreaterThan(INSTANCES / 6);
    const by = new Map<string, Set<string>>();
    for (const { key, by: who } of checks) by.set(key, (by.get(key) ?? new Set()).add(who));
    expect([...by.values()].every(({ size }) => size === 1)).toBe(true);
  });

  test('take over at once from one that dies, and go on from what it found', async () => {
    const [one] = [daemon('one'), daemon('two')];
    const leases = register();
    sick.set('demo-service/i0', 'broken');
    await pass(12_000);
    expect(leases.map(stateOf).filter((state) => state === State.FAILING)).toHaveLength(1);
    die(one!, 'one');
    const died = clock.monotonic();
    checks = [];
    // What was the other one's is checked within a second, what was its own goes on.
    await pass(1_000);
    expect(checks.every(({ by }) => by === 'two')).toBe(true);
    expect(checks.every(({ at }) => at - died <= 1_000)).toBe(true);
    await pass(3_000);
    expect(new Set(checks.map(({ key }) => key)).size).toBe(INSTANCES);
    expect(stateOf(leases[0]!)).toBe(State.FAILING);
    expect(stateOf(leases[1]!)).toBe(State.PASSING);
  });

  test('leave to a newcomer what is its own, and check it no more', async () => {
    const first = daemon('one');
    register();
    await pass(3_000);
    expect(first.size).toBe(INSTANCES);
    const second = daemon('two');
    for (const changed of listeners) changed();
    expect(first.size + second.size).toBe(INSTANCES);
    expect(forgotten).toHaveLength(second.size);
  });
});

test('nothing is left behind at the end', async () => {
  const monitor = daemon('one');
  table.register(instanceFixture(), 60_000);
  await pass(3_000);
  monitor.stop();
  expect(clock.pending).toBe(0);
  expect(listeners.size).toBe(0);
  expect(forgotten).toEqual(['all']);
  const idle = new HealthMonitor({
    ...{ table, clock, random: () => 0.5, checked: () => undefined },
    members: ALONE,
    checker: new Checker({ grpc: UNUSED, http: UNUSED, tcp: UNUSED }, clock),
  });
  expect(() => idle.stop()).not.toThrow();
});
