import { expect, test } from '@jest/globals';
import { SourceLedger } from './source-ledger';

test('a source has a version since it came, and the latest refusal', () => {
  let now = 1;
  const told: string[] = [];
  const ledger = new SourceLedger(
    () => now,
    ({ name, version, isRefused }) => told.push(`${name} ${version} ${isRefused ? 'refused' : 'fine'}`),
  );
  ledger.refused('contract web', 'a', 'binding', 'no');
  now = 2;
  ledger.accepted('contract shop', 'a');
  now = 3;
  ledger.accepted('contract shop', 'a');
  ledger.refused('contract shop', 'b', 'policy', 'impossible');
  const lastRefusal = { version: 'b', at: 3, rule: 'policy', detail: 'impossible' };
  expect(ledger.all()).toEqual([
    { name: 'contract shop', version: 'a', since: 2, isRefused: true, lastRefusal },
    {
      ...{ name: 'contract web', version: null, since: null, isRefused: true },
      lastRefusal: { version: 'a', at: 1, rule: 'binding', detail: 'no' },
    },
  ]);
  now = 4;
  ledger.accepted('contract shop', 'a');
  ledger.accepted('contract shop', 'c');
  expect(ledger.all()[0]).toEqual({ name: 'contract shop', version: 'c', since: 4, isRefused: false, lastRefusal });
  expect(told).toEqual([
    'contract web null refused',
    'contract shop a fine',
    'contract shop a refused',
    'contract shop a fine',
    'contract shop c fine',
  ]);
});
