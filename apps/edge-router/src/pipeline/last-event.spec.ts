import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contextOf } from '../pipeline.fixture';
import { countedFrom, lastEventOf, tellLastEvent } from './last-event';

const asking = (last: string, accept = 'text/event-stream') =>
  contextOf({}, { headers: ['accept', accept, 'last-event-id', last] });

describe('the last event of a client', () => {
  test.each([
    ['7', 7],
    ['0', 0],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
    ['9999999999999999', null],
    ['', null],
    ['-1', null],
    ['1.5', null],
    ['7 ', null],
    ['abc', null],
  ])('%j is %j', (given, expected) => {
    expect(lastEventOf(asking(given))).toBe(expected);
  });

  test('is none of a client that asks for lines, or for the first time', () => {
    expect(lastEventOf(asking('7', '*/*'))).toBeNull();
    expect(lastEventOf(contextOf({}, { headers: ['accept', 'text/event-stream'] }))).toBeNull();
  });

  test('is a number that can be counted on from, or none, whatever was sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.bigInt().map(String)), (given) => {
        const last = lastEventOf(asking(given));
        expect(last === null || (Number.isSafeInteger(last + 1) && last >= 0)).toBe(true);
      }),
    );
  });

  test('is told the service once, whatever the policy lets through', () => {
    expect(tellLastEvent(['last-event-id', '07', 'a', 'b'], asking('07'))).toEqual(['last-event-id', '7', 'a', 'b']);
    expect(tellLastEvent(['a', 'b'], asking('x'))).toEqual(['a', 'b']);
  });

  test('is where counting goes on, unless the service says where', () => {
    expect(countedFrom([], asking('7'))).toBe(7);
    expect(countedFrom(['last-event-id', '5'], asking('7'))).toBe(5);
    expect(countedFrom(['last-event-id', '0'], asking('7'))).toBe(0);
    expect(countedFrom(['last-event-id', 'x'], asking('7'))).toBe(7);
    expect(countedFrom([], asking('x'))).toBe(0);
  });
});
