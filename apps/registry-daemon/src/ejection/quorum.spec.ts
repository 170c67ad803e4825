import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GENERATION, opinionsOf, saidBy } from './ejection.fixture';
import { isCleared, isConvicted, SILENCE, tally, type Subject } from './quorum';

const subjects = (ids: string, onTrial = false): Subject[] =>
  [...ids].map((id) => ({ id, generation: GENERATION, onTrial }));
const countsOf = (ids: string, ...lines: string[]) => tally(subjects(ids), opinionsOf(...lines));

test('counts who says what, with a reason', () => {
  expect(Object.fromEntries(countsOf('abc', '+-', '+x', '+~ '))).toEqual({
    a: { against: 0, answering: 3, callers: 3, why: '' },
    b: { against: 3, answering: 0, callers: 3, why: 'failed' },
  });
});

test('another life of the instance is another matter', () => {
  const other: Subject = { id: 'a', generation: { epoch: 'e', n: 2n }, onTrial: false };
  expect(tally([other], opinionsOf('+', '-')).size).toBe(0);
});

test('of an instance on trial only calls since the last report count', () => {
  const stale = new Map([['edge', new Map([['a', { ...saidBy('+').get('a')!, fresh: false }]])]]);
  expect(tally(subjects('a', true), stale).size).toBe(0);
  expect(tally(subjects('a', true), opinionsOf('~', '-')).get('a')).toMatchObject({ against: 1, callers: 1 });
});

describe('a gateway', () => {
  test('to which more than a third looks bad is not heard', () => {
    expect(countsOf('abcde', '--+++').size).toBe(0);
    expect(countsOf('abc', '---', '++-').get('c')).toMatchObject({ against: 1, callers: 1 });
    // It has ejected one, as far as its own cap goes; the others fail, too.
    expect(countsOf('abcdef', '-??+++').size).toBe(0);
  });

  test('to which a third does, or a single instance, is', () => {
    expect(countsOf('abcdef', '-x++++').get('a')).toMatchObject({ against: 1, callers: 1 });
    expect(countsOf('ab', '-+').get('a')).toMatchObject({ against: 1 });
    expect(countsOf('ab', '-').get('a')).toMatchObject({ against: 1 });
  });

  test('that has no judgement yet counts neither way', () => {
    expect(Object.fromEntries(countsOf('ab', '?+', '-+'))).toMatchObject({
      a: { against: 1, answering: 0, callers: 1 },
      b: { answering: 2, callers: 2 },
    });
  });
});

describe('a quorum', () => {
  const of = (against: number, answering: number) => ({ ...SILENCE, against, answering, callers: against + answering });

  test.each([
    [0, 0, false],
    [1, 0, false],
    [2, 0, true],
    [2, 1, true],
    [2, 2, false],
    [3, 2, true],
    [25, 25, false],
  ])('of %i against %i convicts: %s, and the other way round clears', (against, answering, enough) => {
    expect(isConvicted(of(against, answering))).toBe(enough);
    expect(isCleared(of(answering, against))).toBe(enough);
  });
});

test('whatever one gateway says, it convicts nobody whom the others don’t', () => {
  const line = fc.string({ unit: fc.constantFrom('+', '-', 'x', '~', '?', ' '), minLength: 6, maxLength: 6 });
  const honest = fc.array(
    line.map((signs) => signs.replaceAll(/[-x~?]/g, '+')),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(honest, line, (others, one) => {
      for (const each of countsOf('abcdef', ...others, one).values()) expect(isConvicted(each)).toBe(false);
    }),
  );
});
