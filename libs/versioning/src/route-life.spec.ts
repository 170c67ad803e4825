import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stretchAt } from './brownouts';
import { RouteLife } from './route-life';

const WINDOWS = [{ start: 100, duration: 10, every: 50 }];

test('a route serves, is interrupted, and ends', () => {
  const life = new RouteLife(205, WINDOWS);
  expect(life.at(99)).toEqual({ kind: 'serving' });
  expect(life.at(100)).toEqual({ kind: 'brownout', until: 110 });
  expect(life.at(110)).toEqual({ kind: 'serving' });
  expect(life.at(204)).toEqual({ kind: 'brownout', until: 205 });
  expect(life.at(205)).toEqual({ kind: 'ended', at: 205 });
});

test('a clock that goes back is believed', () => {
  const life = new RouteLife(null, WINDOWS);
  expect(life.at(105).kind).toBe('brownout');
  expect(life.at(10).kind).toBe('serving');
  expect(life.at(105).kind).toBe('brownout');
});

test('without an end and brownouts it serves for ever', () => {
  const life = new RouteLife(null, []);
  for (const now of [0, 1, 1e15]) expect(life.at(now).kind).toBe('serving');
});

test('whatever was asked before, the answer is the schedule’s', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 30 }), (moments) => {
      const life = new RouteLife(300, WINDOWS);
      for (const now of moments) {
        const expected = now >= 300 ? 'ended' : stretchAt(WINDOWS, now).interrupted ? 'brownout' : 'serving';
        expect(life.at(now).kind).toBe(expected);
      }
    }),
  );
});
