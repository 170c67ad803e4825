import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileSchema, parameterSchema, type ParameterTexts, rebaseReferences, SchemaError } from './index';

const QUERY = {
  type: 'object',
  required: ['page'],
  additionalProperties: false,
  properties: {
    page: { $ref: '#/$defs/positive' },
    ratio: { type: 'number' },
    deep: { type: ['boolean', 'null'] },
    ids: { type: 'array', items: { type: 'integer' }, maxItems: 2 },
    name: { type: 'string', maxLength: 3 },
    'a/b': { type: 'integer' },
    any: true,
  },
  $defs: { positive: { type: 'integer', minimum: 1 } },
};

const texts = (query: string): ParameterTexts => {
  const all = new Map<string, string[]>();
  for (const [name, text] of new URLSearchParams(query)) all.set(name, [...(all.get(name) ?? []), text]);
  return all;
};

const query = parameterSchema(compileSchema(QUERY), 'query');
const wrong = (text: string): string[] | null =>
  query.check(texts(text))?.map(({ rule, pointer }) => `${rule} ${pointer}`) ?? null;

test.each([
  ['page=1&ratio=-1.5e3&deep=true&ids=1&ids=2&name=abc&any=x', null],
  ['page=2&ids=7&deep=false', null],
  ['', ['required query/page']],
  ['page=0', ['minimum query/page']],
  ['page=one', ['type query/page']],
  ['page=0x1', ['type query/page']],
  ['page=+1', ['type query/page']],
  ['page=1&page=2', ['type query/page']],
  ['page=1&ratio=1e999', ['type query/ratio']],
  ['page=1&deep=yes', ['type query/deep']],
  ['page=1&ids=1&ids=x', ['type query/ids']],
  ['page=1&ids=1&ids=2&ids=3', ['maxItems query/ids']],
  ['page=1&name=abcd', ['maxLength query/name']],
  ['page=1&a/b=x', ['type query/a/b']],
  ['page=1&__proto__=1', ['additionalProperties query/__proto__']],
])('the query %s', (text, expected) => {
  expect(wrong(text)).toEqual(expected);
});

test('items of a header stand in one field or in several', () => {
  const schema = {
    type: 'object',
    properties: { 'x-ids': { type: 'array', items: { type: 'integer' }, minItems: 3 } },
  };
  const { names, check } = parameterSchema(compileSchema(schema), 'header');
  expect(names).toEqual(['x-ids']);
  expect(check(new Map([['x-ids', ['1, 2', '3']]]))).toBeNull();
  expect(check(new Map([['x-ids', ['1, x', '3']]]))).toMatchObject([{ pointer: 'header/x-ids', rule: 'type' }]);
});

test('a schema of parameters is that of an object, with names as they come', () => {
  const refused = (schema: object, place: 'query' | 'header') => () => parameterSchema(compileSchema(schema), place);
  expect(refused({ type: 'string' }, 'query')).toThrow(SchemaError);
  expect(refused({ type: 'object', properties: { 'X-Id': {} } }, 'header')).toThrow('lower case');
  expect(parameterSchema(compileSchema({ type: 'object' }), 'query').check(texts('a=1&a=2'))).toBeNull();
});

test('whatever the query, it is right or wrong', () => {
  const name = fc.oneof(fc.constantFrom(...Object.keys(QUERY.properties), '__proto__', 'constructor'), fc.string());
  const entry = fc.tuple(name, fc.array(fc.oneof(fc.string(), fc.constantFrom('1', 'true')), { minLength: 1 }));
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      for (const { pointer } of query.check(new Map(entries)) ?? []) expect(pointer).toMatch(/^query(?:\/|$)/);
    }),
  );
});

test('references are rewritten for another document, data that looks like one isn’t', () => {
  const schema = {
    $id: 'https://shop.example/x',
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { a: { $ref: '#/$defs/b' }, c: { enum: [{ $ref: '#/$defs/b' }] }, d: true },
    allOf: [{ prefixItems: [{ $ref: '#' }] }],
    $defs: { b: { type: 'string' } },
  };
  expect(rebaseReferences(schema, '#/components/schemas/x')).toEqual({
    properties: { a: { $ref: '#/components/schemas/x/$defs/b' }, c: { enum: [{ $ref: '#/$defs/b' }] }, d: true },
    allOf: [{ prefixItems: [{ $ref: '#/components/schemas/x' }] }],
    $defs: { b: { type: 'string' } },
  });
  expect(schema.properties.a).toEqual({ $ref: '#/$defs/b' });
});
