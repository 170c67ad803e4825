import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { ExpiringCache } from './expiring-cache';

test('an entry lives until its own moment', () => {
  const clock = fakeClock();
  const cache = new ExpiringCache<string>(10, clock);
  cache.set('a', 'kept', clock.now() + 10);
  cache.set('b', 'ended already', clock.now());
  expect(cache.get('b')).toBeUndefined();
  clock.advance(9);
  expect(cache.get('a')).toBe('kept');
  clock.advance(1);
  expect(cache.get('a')).toBeUndefined();
  expect(cache.size).toBe(0);
});

test('holds no more than its bound, and the least recently used goes first', () => {
  const clock = fakeClock();
  const cache = new ExpiringCache<number>(2, clock);
  const until = clock.now() + 1000;
  cache.set('a', 1, until);
  cache.set('b', 2, until);
  cache.get('a');
  cache.set('c', 3, until);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  expect(cache.size).toBe(2);
});

test('drops what the predicate names', () => {
  const clock = fakeClock();
  const cache = new ExpiringCache<number>(10, clock);
  for (const value of [1, 2, 3]) cache.set(String(value), value, clock.now() + 1000);
  cache.drop((value) => value !== 2);
  expect([cache.get('1'), cache.get('2'), cache.get('3')]).toEqual([undefined, 2, undefined]);
});
