import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { SeededRandom } from '../random';
import { PatternText } from './pattern';

const made = (pattern: string, spread = 4): string | undefined =>
  PatternText.read(pattern)?.make(new SeededRandom('x'), spread);

describe('texts of a pattern', () => {
  const atom = fc.constantFrom('a', 'b-', '[a-f]', '[^x-z]', '\\d', '\\w', '\\.', '.', '(?:q|r)', '[\\d-]', '\\t');
  const quantifier = fc.constantFrom('', '?', '*', '+', '{2}', '{1,}', '{0,3}', '+?');
  const pattern = fc
    .array(fc.tuple(atom, quantifier), { maxLength: 6 })
    .map((parts) => `^${parts.map((part) => part.join('')).join('')}$`);

  test('match it', () => {
    fc.assert(
      fc.property(pattern, fc.string(), fc.nat(8), (text, seed, spread) => {
        const proposal = PatternText.read(text)!.make(new SeededRandom(seed), spread);
        expect(RE2JS.compile(text).test(proposal)).toBe(true);
      }),
    );
  });

  test('are bounded, whatever the pattern', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40, unit: fc.constantFrom(...'()[]{}|*+?^$\\-.:,09azdwpL') }), (text) => {
        expect(made(text)?.length ?? 0).toBeLessThan(20_000);
      }),
    );
  });
});

test.each(['(?=a)', '\\bword', '\\p{L}', '[[:alpha:]]', '(?i)a', '(a', 'a)', '*', '[a', '[z-a]', 'a{5000}', '\\'])(
  'nothing is made for %s',
  (pattern) => expect(PatternText.read(pattern)).toBeNull(),
);

test('repetitions of repetitions end', () => {
  for (const pattern of ['((a{4000}){4000}){4000}', '(a{4000}bc){4000}'])
    expect(made(pattern)!.length).toBeLessThan(20_000);
});

test('nothing is made for what is nested deeper than the stack', () => {
  const deep = 100_000;
  expect(PatternText.read('('.repeat(deep) + ')'.repeat(deep))).toBeNull();
});

test('a class without characters, and braces that count nothing, are taken as they stand', () => {
  expect(made('[^ -~]')).toBe('');
  expect(made('\\{a\\}')).toBe('{a}');
});
