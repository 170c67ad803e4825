import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { RevocationSet, type Revocation } from './index';

test('a revoked session is in force until its end', () => {
  const clock = fakeClock();
  const set = new RevocationSet(clock);
  expect(set.revoke('s1', clock.now() + 10)).toBe(true);
  expect(set.has('s1')).toBe(true);
  expect(set.inForce()).toEqual([{ sessionId: 's1', until: clock.now() + 10 }]);
  clock.advance(10);
  expect(set.has('s1')).toBe(false);
  expect(set.inForce()).toEqual([]);
});

test('the empty id is no session, an ended revocation no revocation', () => {
  const clock = fakeClock();
  const set = new RevocationSet(clock);
  expect(set.revoke('', clock.now() + 10)).toBe(false);
  expect(set.revoke('s1', clock.now())).toBe(false);
  expect(set.revoke('s1', NaN)).toBe(false);
  expect(set.has('')).toBe(false);
  expect(set.size).toBe(0);
});

test('only a longer revocation of a known session is news', () => {
  const clock = fakeClock();
  const set = new RevocationSet(clock);
  const heard: Revocation[] = [];
  const stop = set.onRevoked((revocation) => heard.push(revocation));
  const soon = clock.now() + 10;
  expect([set.revoke('s1', soon), set.revoke('s1', soon), set.revoke('s1', soon - 1)]).toEqual([true, false, false]);
  expect(set.revoke('s1', soon + 1)).toBe(true);
  stop();
  set.revoke('s2', soon);
  expect(heard).toEqual([
    { sessionId: 's1', until: soon },
    { sessionId: 's1', until: soon + 1 },
  ]);
  expect(set.size).toBe(2);
});

test('ended ones make room without being counted as dropped', () => {
  const clock = fakeClock();
  const set = new RevocationSet(clock, 3);
  for (const id of ['a', 'b', 'c']) set.revoke(id, clock.now() + 10);
  clock.advance(10);
  set.revoke('d', clock.now() + 10);
  expect([set.size, set.dropped]).toEqual([2, 0]);
  set.revoke('e', clock.now() + 10);
  expect([set.size, set.dropped, set.has('d'), set.has('e')]).toEqual([2, 0, true, true]);
});

test('a full set gives the oldest up, and says so', () => {
  const clock = fakeClock();
  const set = new RevocationSet(clock, 2);
  for (const id of ['a', 'b', 'c']) set.revoke(id, clock.now() + 10);
  expect([set.has('a'), set.has('b'), set.has('c'), set.dropped, set.size]).toEqual([false, true, true, 1, 2]);
});
