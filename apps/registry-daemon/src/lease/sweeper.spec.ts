import { beforeEach, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
import { create } from '@bufbuild/protobuf';
import { registryV1 } from '@gateway/contracts';
import { LeaseTable } from './lease-table';
import { instanceFixture, RecordingListener } from './lease.fixture';
import { Revisions } from './revisions';
import { SWEEP_MS, Sweeper } from './sweeper';

let clock: FakeClock;
let table: LeaseTable;
let expired: string[];
let sweeper: Sweeper;
/** How far the process's timers are behind its clock. */
let stall: number;

beforeEach(() => {
  clock = fakeClock();
  stall = 0;
  const stalling = { ...bound(clock), monotonic: () => clock.monotonic() + stall };
  table = new LeaseTable(stalling, new Revisions('e'), new RecordingListener());
  expired = [];
  sweeper = new Sweeper(table, stalling, () => {
    for (const { lease } of table.due()) {
      table.expire(lease);
      expired.push(lease.id);
    }
  });
  sweeper.start();
});

const bound = (fake: FakeClock) => ({
  now: () => fake.now(),
  after: fake.after.bind(fake),
  every: fake.every.bind(fake),
  sleep: fake.sleep.bind(fake),
});

test('a lease is gone within half a second of its end', () => {
  table.register(instanceFixture(), 10_000);
  clock.advance(9_999);
  expect(expired).toEqual([]);
  clock.advance(SWEEP_MS);
  expect(expired).toEqual(['a']);
});

test('nobody dies of a pause of the process: its renewals wait unread', () => {
  table.register(instanceFixture(), 10_000);
  clock.advance(SWEEP_MS);
  stall = 60_000;
  clock.advance(SWEEP_MS);
  expect(expired).toEqual([]);
  clock.advance(10_000);
  expect(expired).toEqual(['a']);
});

test('loads are told once a second, whatever number of renewals', () => {
  const lease = table.register(instanceFixture(), 10_000);
  let changes = -1;
  for (let connections = 0; connections < 30; connections += 1) {
    table.renew(lease, { load: create(registryV1.LoadSchema, { connections }), state: 0 });
    const before = table.get(lease)!;
    clock.advance(100);
    if (table.get(lease) !== before) changes += 1;
  }
  expect(changes).toBe(2);
});

test('nothing is swept after its end', () => {
  table.register(instanceFixture(), 1_000);
  sweeper.stop();
  clock.advance(5_000);
  expect(expired).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('stopping before the start is nothing', () => {
  const idle = new Sweeper(table, clock, () => undefined);
  expect(() => idle.stop()).not.toThrow();
});
