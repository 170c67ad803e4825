import { expect, test } from '@jest/globals';
import { CallerLedger } from './callers';

test('counts who calls what, and when last', () => {
  const ledger = new CallerLedger();
  ledger.count('a', 'ada', 1);
  ledger.count('a', 'bob', 2);
  ledger.count('a', 'bob', 3);
  ledger.count('b', 'ada', 4);
  expect(ledger.records()).toEqual([
    { route: 'a', caller: 'bob', calls: 2, lastSeen: 3 },
    { route: 'a', caller: 'ada', calls: 1, lastSeen: 1 },
    { route: 'b', caller: 'ada', calls: 1, lastSeen: 4 },
  ]);
});

test('who was silent for longest is counted among the others', () => {
  const ledger = new CallerLedger(2);
  for (const [index, caller] of ['ada', 'bob', 'ada', 'cyd', 'dan'].entries()) ledger.count('a', caller, index);
  ledger.count('a', 'eve', 9);
  const records = ledger.records();
  expect(records.reduce((sum, { calls }) => sum + calls, 0)).toBe(6);
  expect(records).toContainEqual({ route: 'a', caller: 'other', calls: 4, lastSeen: 3 });
  expect(records.map(({ caller }) => caller).sort()).toEqual(['dan', 'eve', 'other']);
});

test('stays bounded whoever calls', () => {
  const ledger = new CallerLedger(10, 5);
  for (let i = 0; i < 1_000; i++) ledger.count(`route ${i % 20}`, `caller ${i}`, i);
  expect(ledger.records().length).toBeLessThanOrEqual(5 * 11);
});
