import { beforeEach, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import type { InstanceKey, Lease } from '../lease/lease';
import { LeaseTable } from '../lease/lease-table';
import { instanceFixture, leaseFixture, RecordingListener } from '../lease/lease.fixture';
import { Revisions } from '../lease/revisions';
import { LeaseIntake } from './lease-intake';
import type { StoreChange } from './registry-store';

const NOTHING: StoreChange = { upserted: [], removed: [], expired: [], contracts: [] };

let table: LeaseTable;
let again: InstanceKey[];
let intake: LeaseIntake;

beforeEach(() => {
  table = new LeaseTable(fakeClock(), new Revisions('e'), new RecordingListener());
  again = [];
  intake = new LeaseIntake(table, (key) => again.push(key));
});

const lease = (n: bigint, id = 'a'): Lease => leaseFixture({ epoch: 'e', n }, { id });
const heard = (change: Partial<StoreChange>): void => intake.heard({ ...NOTHING, ...change });
const ids = (): string[] => table.all().map(({ id }) => id);

test('what is told while something older is learnt comes after it', () => {
  intake.pause();
  heard({ removed: [lease(1n)] });
  heard({ upserted: [lease(2n, 'b')] });
  intake.learn([lease(1n)]);
  expect(ids()).toEqual(['a']);
  intake.resume();
  expect(ids()).toEqual(['b']);
  intake.resume();
  heard({ upserted: [lease(3n, 'c')] });
  expect(ids()).toEqual(['b', 'c']);
});

test('what was ended here doesn’t come back, until others have heard', () => {
  intake.ended(lease(2n));
  heard({ upserted: [lease(1n), lease(2n)] });
  expect(ids()).toEqual([]);
  heard({ removed: [lease(2n), lease(2n, 'unknown')] });
  expect(intake.isEnded(lease(2n))).toBe(false);
  intake.ended(lease(2n));
  heard({ upserted: [lease(3n)] });
  expect(ids()).toEqual(['a']);
  intake.undecided([lease(2n)]);
  expect(intake.isEnded(lease(2n))).toBe(false);
});

test('one that ran out for others and was renewed here is put again', () => {
  const renewed = table.register(instanceFixture(), 10_000);
  table.learn(lease(9n, 'b'));
  heard({ expired: [renewed, lease(9n, 'b')] });
  expect([ids(), again]).toEqual([['a'], [renewed]]);
});
