import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RouteTable } from './route-table';
import { compileTemplate } from './template';

/** A template, and the regular expression that says the same; a group for each variable, in its order. */
interface Pair {
  readonly template: string;
  readonly expression: string;
}

const RESERVED: Readonly<Record<string, string>> = { '@': '%40', ';': '%3B' };

/** A literal's characters; reserved ones match bare and escaped. */
const literal = (text: string): string =>
  [...text].map((char) => (RESERVED[char] === undefined ? char : `(?:${char}|${RESERVED[char]})`)).join('');

const ONE = '[^/]+';
const pair = (template: string, expression: string): Pair => ({ template, expression });
const segment: fc.Arbitrary<Pair> = fc.constantFrom(
  pair('a', literal('a')),
  pair('b@c;', literal('b@c;')),
  pair('*', ONE),
  pair('{}', `(${ONE})`),
  pair('{}=*', `(${ONE})`),
  pair('{}=a/*', `(a/${ONE})`),
  pair('{}=*/a', `(${ONE}/a)`),
);
/** What may end a template: `**` takes no segment, too. */
const tail: fc.Arbitrary<Pair | null> = fc.constantFrom(
  null,
  pair('**', '(?:/.*)?'),
  pair('{}=**', '(?:/(.*))?'),
  pair('{}=a/**', '/(a(?:/.*)?)'),
);

const template: fc.Arbitrary<Pair> = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), tail, fc.constantFrom('', ':v'))
  .map(([segments, last, verb]) => {
    let count = 0;
    const named = (text: string): string =>
      text.replace(/^\{\}(.*)$/, (_match, pattern: string) => `{v${count++}${pattern}}`);
    const all = last === null ? segments : [...segments, last];
    const path = segments.map(({ expression }) => `/${expression}`).join('') + (last?.expression ?? '');
    return pair(all.map((each) => `/${named(each.template)}`).join('') + verb, `^${path}${verb}$`);
  });

/** Paths as they come out of `canonicalPath`: only the last segment may be empty. */
const path: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b@c;', 'b%40c;', 'x', 'a:v', '%2F'), { maxLength: 5 }),
    fc.constantFrom('a', 'x:v', 'a:v', 'x:w', ':v', ''),
  )
  .map((parts) => `/${parts.flat().join('/')}`);

test('a template matches what a regular expression of it matches, and captures the same', () => {
  let matches = 0;
  fc.assert(
    fc.property(template, path, ({ template: source, expression }, target) => {
      const entry = { id: 'x', template: compileTemplate(source), methods: [], hosts: [], value: null };
      const found = RouteTable.build([entry]).match('', target, 'GET');
      const expected = new RegExp(expression).exec(target);
      expect([source, target, found.kind]).toEqual([source, target, expected === null ? 'none' : 'found']);
      if (found.kind !== 'found') return;
      matches++;
      expect([source, target, ...found.captures]).toEqual([
        source,
        target,
        ...expected!.slice(1).map((each) => each ?? ''),
      ]);
    }),
    { numRuns: 5_000 },
  );
  expect(matches).toBeGreaterThan(50);
});
