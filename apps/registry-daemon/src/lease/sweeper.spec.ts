import { beforeEach, expect, test } from '@jest/globals';
import { fakeClock, type FakeClock } from '@gateway/testing';
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
  sweeper = new Sweeper(table, stalling, (leases) => expired.push(...leases.map(({ id }) => id)));
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
