import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leaseFixture } from '../lease/lease.fixture';
import { readEntry, writeEntry } from './store-entry';

const lease = leaseFixture({ epoch: 'e1', n: 9_007_199_254_740_995n }, { zone: 'eu' });
const lifeOf = ({ service, id, generation }: typeof lease) => ({ service, id, generation });

const read = (fields: readonly string[], self = 'me'): [ReturnType<typeof readEntry>, string[]] => {
  const unreadable: string[] = [];
  return [readEntry(self, fields, (what) => unreadable.push(what)), unreadable];
};

test('what one daemon tells another reads', () => {
  const fields = writeEntry('another', {
    upserted: [lease],
    removed: [{ ...lease, id: 'b' }],
    expired: [{ ...lease, id: 'c' }],
    contracts: ['demo-service'],
  });
  const [{ upserted, removed, expired, contracts }, unreadable] = read(fields);
  expect(upserted[0]).toMatchObject({ ...lifeOf(lease), revision: lease.revision, instance: { zone: 'eu' } });
  expect(removed).toEqual([{ ...lifeOf(lease), id: 'b' }]);
  expect(expired).toEqual([{ ...lifeOf(lease), id: 'c' }]);
  expect([contracts, unreadable]).toEqual([['demo-service'], []]);
});

test('of its own a daemon hears only what has ended', () => {
  const change = { upserted: [lease], removed: [lease], expired: [lease], contracts: ['demo-service'] };
  const [heard] = read(writeEntry('me', change));
  expect(heard).toEqual({ upserted: [], removed: [lifeOf(lease)], expired: [lifeOf(lease)], contracts: [] });
});

test.each([
  ['p', 'nonsense'],
  ['p', 'e 1 0 '],
  ['p', 'e 1 1 {'],
  ['p', 'e 1 1 {"leaseMs":5000,"instance":{}}'],
  ['r', 'a b'],
  ['r', 'a b c'],
  ['x', ''],
])('a field %s with %j is left out and told', (name, value) => {
  const [heard, unreadable] = read(['o', 'another', name, value, 'c', 'demo-service']);
  expect(heard).toEqual({ upserted: [], removed: [], expired: [], contracts: ['demo-service'] });
  expect(unreadable).toHaveLength(1);
});

test('whatever the fields, reading never throws', () => {
  const name = fc.constantFrom('o', 'p', 'r', 'x', 'c', 'opened', '');
  const value = fc.oneof(fc.string(), fc.stringMatching(/^\S{0,3} \d{0,3} \d{0,3} .{0,9}$/));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.boolean(), (pairs, odd) => {
      const [heard] = read([...pairs.flat(), ...(odd ? ['p'] : [])]);
      expect(heard.contracts.length).toBeLessThanOrEqual(pairs.length);
    }),
  );
});
