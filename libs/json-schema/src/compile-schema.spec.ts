import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileSchema, SchemaCache, SchemaError } from './index';

const ORDER = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://shop.example/order',
  type: 'object',
  required: ['item'],
  additionalProperties: false,
  properties: {
    item: { type: 'string', minLength: 2, pattern: '^[a-z]+$' },
    code: { type: 'string', pattern: '^\\d+$' },
    note: { type: ['string', 'null'] },
    mail: { type: 'string', format: 'email' },
    count: { type: 'integer', minimum: 1 },
    lines: { type: 'array', uniqueItems: true, items: { $ref: '#/$defs/line' } },
    parent: { $ref: '#' },
  },
  $defs: { line: { type: 'object', properties: { cents: { type: 'integer' } }, unevaluatedProperties: false } },
};

/** What is wrong, as `rule pointer`. */
const broken = (schema: object, value: unknown): string[] | null =>
  compileSchema(schema)
    .check(value)
    ?.map(({ rule, pointer }) => `${rule} ${pointer}`) ?? null;

const refusal = (schema: unknown): SchemaError => {
  try {
    compileSchema(schema);
  } catch (error) {
    expect(error).toBeInstanceOf(SchemaError);
    return error as SchemaError;
  }
  throw new Error('it was not refused');
};

describe('a schema', () => {
  test('lets right values pass', () => {
    const lines = [{ cents: 1 }, { cents: 2 }, {}];
    expect(broken(ORDER, { item: 'tea', code: '12', note: null, count: 1, lines, parent: { item: 'abc' } })).toBeNull();
  });

  test.each<[string, unknown, string[]]>([
    ['a type', { item: 'tea', count: 'x' }, ['type /count']],
    ['what is missing', {}, ['required /item']],
    ['what is unknown', { item: 'tea', 'a/b~': 1 }, ['additionalProperties /a~1b~0']],
    ['a pattern, each by itself', { item: 'TEA', code: 'x' }, ['pattern /item', 'pattern /code']],
    ['a format', { item: 'tea', mail: 'nobody' }, ['format /mail']],
    ['something deep', { item: 'tea', lines: [{}, { cents: 0.5 }] }, ['type /lines/1/cents']],
    ['what nobody evaluated', { item: 'tea', lines: [{ x: 1 }] }, ['unevaluatedProperties /lines/0/x']],
    ['equal items', { item: 'tea', lines: [{ cents: 1 }, { cents: 1 }] }, ['uniqueItems /lines']],
    ['the inside of a recursive one', { item: 'tea', parent: {} }, ['required /parent/item']],
    ['the whole', 7, ['type ']],
  ])('says where %s is wrong', (_, value, expected) => {
    expect(broken(ORDER, value)).toEqual(expected);
  });

  test('tells what an answer can use: at most 16 errors, and of a large value the first', () => {
    const { check } = compileSchema({ type: 'array', items: { type: 'integer' } });
    expect(check(Array(200).fill('x'))).toHaveLength(16);
    expect(check(Array(300).fill('x'))).toEqual([{ pointer: '/0', rule: 'type', detail: 'must be integer' }]);
    const [error] = compileSchema({ type: 'object', additionalProperties: { type: 'null' } }).check({
      ['x'.repeat(5_000)]: 1,
    })!;
    expect(error!.pointer).toHaveLength(129);
  });

  test('has only own properties', () => {
    expect(broken({ type: 'object', required: ['toString'] }, {})).toEqual(['required /toString']);
  });

  test('matches patterns and compares items in linear time', () => {
    const started = process.cpuUsage().user;
    expect(broken({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(40)}!`)).toEqual(['pattern ']);
    const items = Array.from({ length: 20_000 }, (_, id) => ({ id, of: [id] }));
    expect(broken({ type: 'array', uniqueItems: true }, items)).toBeNull();
    expect(
      broken({ type: 'array', uniqueItems: true }, [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ]),
    ).toEqual(['uniqueItems ']);
    expect(broken({ type: 'array', uniqueItems: false }, [1, 1])).toBeNull();
    // Backtracking would take minutes, pairs 200 million comparisons.
    expect(process.cpuUsage().user - started).toBeLessThan(5_000_000);
  });

  test('takes no text of great length for one of a format', () => {
    const mail = (length: number): string => `${'a'.repeat(length)}@shop.example`;
    expect(broken({ type: 'string', format: 'email' }, mail(50))).toBeNull();
    expect(broken({ type: 'string', format: 'email' }, mail(5_000))).toEqual(['format ']);
    expect(broken({ type: 'string', format: 'byte' }, 'AAAA'.repeat(5_000))).toBeNull();
    expect(broken({ type: 'integer', format: 'int32' }, 2 ** 31)).toEqual(['format ']);
    expect(broken({ type: 'string', format: 'date-time' }, '2026-01-01T00:00:00Z')).toBeNull();
  });

  test('takes the annotations of OpenAPI', () => {
    expect(broken({ type: 'string', example: 'x', deprecated: true, readOnly: true }, 'a')).toBeNull();
  });
});

describe('a schema that cannot be applied is refused', () => {
  const pattern = (text: string) => ({ type: 'object', properties: { a: { type: 'string', pattern: text } } });

  test.each<[string, unknown, string, RegExp]>([
    ['that is none', [], '', /must be an object/],
    ['of another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema', /2020-12/],
    ['with a wrong keyword', { properties: { a: { minLength: -1 } } }, '/properties/a/minLength', />= 0/],
    ['with an unknown keyword', { typ: 'object' }, '', /unknown keyword: "typ"/],
    ['with an unknown format', { type: 'string', format: 'nope' }, '', /unknown format "nope"/],
    ['with a pattern that is not RE2’s', pattern('(?=a)'), '', /invalid or unsupported Perl syntax/],
    ['with a long pattern', pattern('a'.repeat(2_001)), '', /longer than 2000/],
    ['with a name of its own inside', { $defs: { a: { $id: 'x' } } }, '/$defs/a/$id', /not supported/],
    ['with an anchor', { $anchor: 'x' }, '/$anchor', /not supported/],
    ['with a reference elsewhere', { allOf: [{ $ref: 'https://x.example' }] }, '/allOf/0/$ref', /leads to no schema/],
    ['with a reference to nowhere', { $ref: '#/$defs/a' }, '/$ref', /leads to no schema/],
    ['with a reference that cannot be read', { $ref: '#/%' }, '/$ref', /leads to no schema/],
    ['with a reference to data', { $ref: '#/const', const: { $ref: '#' } }, '/$ref', /leads to no schema/],
    ['with a reference to a text', { $ref: '#/title', title: 'x' }, '/$ref', /leads to no schema/],
    ['that is its own end', { $ref: '#' }, '', /refers to itself/],
    ['that is, by others', { anyOf: [{ $ref: '#/$defs/a' }], $defs: { a: { not: { $ref: '#' } } } }, '', /itself/],
  ])('%s', (_, schema, pointer, message) => {
    const error = refusal(schema);
    expect([error.pointer, error.message]).toEqual([pointer, expect.stringMatching(message)]);
  });

  test('that is too deep or too large', () => {
    let deep: object = {};
    for (let level = 0; level < 70; level++) deep = { properties: { a: deep } };
    expect(refusal(deep).message).toBe('is nested too deep');
    const wide = { properties: Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`p${index}`, {}])) };
    expect(refusal(wide).message).toMatch(/more than 5000/);
  });
});

test('references may lead to true, and through escaped names', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/b~1c%20d' } }, $defs: { 'b/c d': true } };
  expect(broken(schema, { a: 1 })).toBeNull();
});

test('whatever the schema and the value: compiled or refused, right or wrong', () => {
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('keywords')),
    keywords: fc.record(
      {
        type: fc.constantFrom('object', 'array', 'string', 'integer', ['string', 'null'], 'x'),
        properties: fc.dictionary(fc.constantFrom('a', '__proto__', 'toString'), tie('schema')),
        items: tie('schema'),
        anyOf: fc.array(tie('schema'), { maxLength: 2 }),
        not: tie('schema'),
        $ref: fc.constantFrom('#', '#/properties/a', '#/$defs/a', 'x'),
        $defs: fc.record({ a: tie('schema') }),
        pattern: fc.constantFrom('a', '(', '^(a|b)*$'),
        uniqueItems: fc.boolean(),
        required: fc.constantFrom(['a'], ['a', 'a']),
        enum: fc.array(fc.jsonValue(), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  }));
  let compiled = 0;
  fc.assert(
    fc.property(schema, fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }), (given, values) => {
      try {
        const { check } = compileSchema(given);
        compiled++;
        for (const value of values) expect(check(value) ?? [{}]).not.toHaveLength(0);
      } catch (error) {
        expect(error).toBeInstanceOf(SchemaError);
      }
    }),
    { numRuns: 150 },
  );
  expect(compiled).toBeGreaterThan(20);
});

test('a schema is compiled once, and kept as long as it is asked for', () => {
  const cache = new SchemaCache(2);
  const [first, second] = [cache.compile({ const: 1 }), cache.compile({ const: 2 })];
  expect(cache.compile({ const: 1 })).toBe(first);
  cache.compile({ const: 3 });
  expect(cache.compile({ const: 1 })).toBe(first);
  expect(cache.compile({ const: 2 })).not.toBe(second);
});
