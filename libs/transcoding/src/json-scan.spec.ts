import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scanJson } from './json-scan';

const limits = { nesting: 5, members: 8 };
const scan = (text: string) => {
  JSON.parse(text);
  const problem = scanJson(text, limits);
  return problem === null ? null : `${problem.rule} ${problem.pointer}`;
};

describe('a name that stands twice', () => {
  test.each([
    ['{"a":1,"a":1}', '/a'],
    ['{"a":{"b":[0,{"c":1 , "c":2}]}}', '/a/b/1/c'],
    ['[[],{"x":{},"y":[],"x":1}]', '/1/x'],
    [String.raw`{"a":1,"\u0061":2}`, '/a'],
    [String.raw`{"\"":1,"\"":2}`, '/"'],
    [String.raw`{"\\":1,"b":"\\\"","\\":2}`, '/\\'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"a/~":1,"a/~":2}', '/a~1~0'],
  ])('is found in %s', (text, pointer) => {
    expect(scan(text)).toBe(`duplicate ${pointer}`);
  });

  test.each([
    '"a"',
    '[]',
    '{}',
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    String.raw`{"a":"\",\"a\":1","b":"\\"}`,
    '{"a":["a","a",{"b":"a"}],"c":true}',
  ])('is not in %s', (text) => {
    expect(scan(text)).toBeNull();
  });
});

test('nesting and members are bounded', () => {
  expect(scan('[[[[[]]]]]')).toBeNull();
  expect(scan('[[[[[[]]]]]]')).toBe('depth ');
  const members = (count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => ({ [index]: 1 })));
  expect(scan(members(8))).toBeNull();
  expect(scan(members(9))).toBe('size ');
});

describe('a text that is passed on', () => {
  const strict = { items: 3, name: 12, number: 6 };
  const strictly = (text: string) => {
    JSON.parse(text);
    const problem = scanJson(text, { ...limits, strict });
    return problem === null ? null : `${problem.rule} ${problem.pointer}`;
  };

  test.each([
    ['{"a":{"__proto__":1}}', 'name /a/__proto__'],
    [String.raw`{"__proto__":1}`, 'name /__proto__'],
    ['{"constructor":{"prototype":{}}}', 'name /constructor/prototype'],
    ['{"a_name_as_long":1}', 'name /a_name_as_long'],
    ['[1,{"a":1e999}]', 'range /1/a'],
    ['-1234567', 'range '],
    ['[1,2,3,4,5]', 'size '],
  ])('%s is refused', (text, expected) => {
    expect(strictly(text)).toBe(expected);
    expect(scan(text)).toBeNull();
  });

  test.each(['{"prototype":{"constructor":1}}', '{"a":"__proto__"}', '[-1.5e3,0,[1,12]]', '{"a":"1234567","b":-0}'])(
    '%s is not',
    (text) => {
      expect(strictly(text)).toBeNull();
    },
  );
});

test('what was an object has no name twice, whatever its names', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.string(), (text, name) => {
      const wide = { nesting: 100, members: 100_000 };
      expect(scanJson(text, wide)).toBeNull();
      const member = `${JSON.stringify(name)}:${text}`;
      expect(scanJson(`[{${member}}]`, wide)).toBeNull();
      expect(scanJson(`[{${member},${member}}]`, wide)).toMatchObject({ rule: 'duplicate' });
    }),
    { numRuns: 500 },
  );
});
