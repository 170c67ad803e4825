import { expect, test } from '@jest/globals';
import { ageHeader, cacheStatus, type Hit, type Lookup } from './index';

const hit = (from: Hit['from']): Hit => ({
  kind: 'hit',
  entry: { status: 200, headers: [], body: Buffer.alloc(0) },
  from,
  ageSeconds: 12,
  ttlSeconds: 288,
});
const miss: Lookup = {
  kind: 'miss',
  fill: { store: () => true, uncacheable: () => undefined, failed: () => undefined },
};

test.each<[string, Lookup, boolean]>([
  ['gateway; hit; ttl=288', hit('memory'), false],
  ['gateway; hit; ttl=288', hit('shared'), false],
  ['gateway; fwd=uri-miss; collapsed', hit('collapsed'), false],
  ['gateway; fwd=uri-miss; stored', miss, true],
  ['gateway; fwd=uri-miss', miss, false],
  ['gateway; fwd=bypass; detail=events', { kind: 'bypass', reason: 'events' }, false],
  ['gateway; fwd=uri-miss; detail=waited', { kind: 'bypass', reason: 'waited' }, false],
  ['gateway; fwd=uri-miss; detail=uncacheable', { kind: 'bypass', reason: 'uncacheable' }, false],
])('Cache-Status is %s', (expected, lookup, stored) => expect(cacheStatus(lookup, stored)).toBe(expected));

test('Age is in whole seconds', () => expect(ageHeader(hit('memory'))).toBe('12'));
