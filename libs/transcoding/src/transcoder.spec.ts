import { describe, expect, test } from '@jest/globals';
import { type JsonObject, type JsonValue, toBinary, toJson, fromJson } from '@bufbuild/protobuf';
import { GatewayError } from '@gateway/errors';
import fc from 'fast-check';
import { FieldPathError } from './field-path';
import { Everything, registry, transcoder } from './testdata/everything';
import type { HttpBinding } from './transcoder';

const bytes = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));
const asJson = (message: Parameters<typeof toJson>[1]): JsonValue => toJson(Everything, message, { registry });

/** What the message holds after decoding. */
function decode(
  binding: Partial<HttpBinding>,
  parts: { path?: (string | null)[]; query?: string; body?: Buffer },
): JsonValue {
  return asJson(
    transcoder(binding).decode({ pathValues: parts.path ?? [], query: parts.query ?? '', body: parts.body ?? null }),
  );
}

/** The problem that decoding ends in: the code, or pointer and rule of each wrong field. */
function problem(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    const { code, context } = error as GatewayError;
    return code === 'GW_INVALID_FIELD' ? context.errors!.map(({ pointer, rule }) => `${rule} ${pointer}`) : code;
  }
  return 'no problem';
}

const whole = { body: '*' };
const bodyProblem = (json: unknown, binding: Partial<HttpBinding> = whole): unknown =>
  problem(() => decode(binding, { body: bytes(json) }));
const queryProblem = (query: string, binding: Partial<HttpBinding> = {}): unknown =>
  problem(() => decode(binding, { query }));

describe('path variables', () => {
  test('set fields, nested ones too', () => {
    const binding = { variables: [['text_value'], ['inner', 'number'], ['colour'], ['inner', 'inner', 'text_value']] };
    expect(decode(binding, { path: ['a b', '7', 'COLOUR_RED', 'deep'] })).toEqual({
      textValue: 'a b',
      inner: { number: 7, inner: { textValue: 'deep' } },
      colour: 'COLOUR_RED',
    });
  });

  test('win over the body', () => {
    expect(
      decode({ variables: [['text_value']], body: '*' }, { path: ['path'], body: bytes({ text_value: 'body' }) }),
    ).toEqual({
      textValue: 'path',
    });
  });

  test('of a wrong type or encoding are pointed to', () => {
    const binding = { variables: [['int32_value'], ['text_value']] };
    expect(problem(() => decode(binding, { path: ['x', 'y'] }))).toEqual(['type path/int32_value']);
    expect(problem(() => decode(binding, { path: ['1', null] }))).toEqual(['encoding path/text_value']);
    expect(problem(() => decode(binding, { path: ['1'] }))).toEqual(['encoding path/text_value']);
  });
});

describe('query parameters', () => {
  test('set scalars, enums, lists, nested fields and well-known types by either name', () => {
    const query = [
      'text_value=a+b%2B',
      'int32Value=-7',
      'int64_value=9007199254740993',
      'bool_value=true',
      'double_value=1.5e3',
      'float_value=NaN',
      'bytes_value=AP-_',
      'colour=2',
      'words=x&words=&words=z',
      'numbers=1&numbers=2',
      'colours=COLOUR_RED&colours=2',
      'inner.textValue=deep&inner.inner.number=3',
      'at=2026-01-31T12:00:00Z',
      'lasts=1.5s',
      'mask=a,bC',
      'wrapped_text=w&wrapped_bool=false&wrapped_bytes=AAE=',
      'choice_number=4',
      'maybe',
      'times=2026-01-31T12:00:00Z',
      '',
    ].join('&');
    expect(decode({}, { query })).toEqual({
      textValue: 'a b+',
      int32Value: -7,
      int64Value: '9007199254740993',
      boolValue: true,
      doubleValue: 1500,
      floatValue: 'NaN',
      bytesValue: 'AP+/',
      colour: 'COLOUR_BLUE',
      words: ['x', '', 'z'],
      numbers: [1, 2],
      colours: ['COLOUR_RED', 'COLOUR_BLUE'],
      inner: { textValue: 'deep', inner: { number: 3 } },
      at: '2026-01-31T12:00:00Z',
      lasts: '1.500s',
      mask: 'a,bC',
      wrappedText: 'w',
      wrappedBool: false,
      wrappedBytes: 'AAE=',
      choiceNumber: 4,
      maybe: '',
      times: ['2026-01-31T12:00:00Z'],
    });
  });

  test('the last of a singular one wins', () =>
    expect(decode({}, { query: 'text_value=a&text_value=b' })).toEqual({ textValue: 'b' }));

  test.each([
    ['nope=1', ['unknown query/nope']],
    ['inner.nope=1&text_value=x&__proto__=1', ['unknown query/inner.nope', 'unknown query/__proto__']],
    ['text_value.x=1', ['unknown query/text_value.x']],
    [`${'inner.'.repeat(16)}number=1`, [`unknown query/${'inner.'.repeat(16)}number`]],
    ['inner=1', ['unknown query/inner']],
    ['inners.number=1', ['unknown query/inners.number']],
    ['counts=1', ['unknown query/counts']],
    ['inners=1', ['unknown query/inners']],
    ['value=1', ['unknown query/value']],
    [
      'int32_value=x&bool_value=yes&colour=PINK&at=noon',
      ['type query/int32_value', 'type query/bool_value', 'type query/colour', 'type query/at'],
    ],
    ['numbers=1&numbers=x', ['type query/numbers']],
    ['text_value=%FF', ['encoding query']],
    ['%zz=1', ['encoding query']],
    ['choice_text=a&choice_number=1', ['conflict query']],
    [Array(257).fill('words=x').join('&'), ['size query']],
    [Array(20).fill('x=1').join('&'), Array(16).fill('unknown query/x')],
    [Array(20).fill('numbers=x').join('&'), Array(16).fill('type query/numbers')],
  ])('%s is refused', (query, expected) => expect(queryProblem(query)).toEqual(expected));

  test('have truth and falsehood as URLs are written, and masks by either name', () => {
    for (const text of ['true', 'True', 'TRUE', 't', 'T', '1'])
      expect(decode({}, { query: `bool_value=${text}&wrapped_bool=${text}` })).toEqual({
        boolValue: true,
        wrappedBool: true,
      });
    for (const text of ['false', 'False', 'FALSE', 'f', 'F', '0'])
      expect(decode({}, { query: `wrapped_bool=${text}` })).toEqual({ wrappedBool: false });
    for (const text of ['', 'tRuE', 'yes', '10'])
      expect(queryProblem(`bool_value=${text}`)).toEqual(['type query/bool_value']);
    expect(decode({}, { query: 'mask=text_value,inner.textValue' })).toEqual({ mask: 'textValue,inner.textValue' });
  });

  test('that no field has are passed over when asked to; those that have their place elsewhere are refused still', () => {
    const lax = (query: string) =>
      asJson(transcoder({ body: 'words' }, { ignoreUnknownQuery: true }).decode({ pathValues: [], query, body: null }));
    expect(lax('utm_source=x&text_value=a&inner.nope=1&text_value.x=1')).toEqual({ textValue: 'a' });
    expect(problem(() => lax('words=x&inners=1&x=%FF'))).toEqual([
      'unknown query/words',
      'unknown query/inners',
      'encoding query',
    ]);
  });

  test('that the path or the body binds are refused', () => {
    const binding = { variables: [['text_value'], ['inner', 'number']], body: 'words' };
    const refused = (query: string) => problem(() => decode(binding, { path: ['a', '1'], query }));
    expect(refused('textValue=b')).toEqual(['unknown query/textValue']);
    expect(refused('inner.number=2')).toEqual(['unknown query/inner.number']);
    expect(refused('words=x')).toEqual(['unknown query/words']);
    expect(refused('inner.text_value=fine')).toBe('no problem');
    expect(queryProblem('int32_value=1', whole)).toEqual(['unknown query/int32_value']);
  });

  test('names that were looked up once are not kept without bound', () => {
    const each = transcoder();
    for (let i = 0; i < 300; i++) problem(() => each.decode({ pathValues: [], query: `n${i}=1`, body: null }));
    expect(problem(() => each.decode({ pathValues: [], query: 'n299=1', body: null }))).toEqual(['unknown query/n299']);
  });
});

describe('bodies', () => {
  test('are the whole message, one field, or not looked at', () => {
    expect(decode(whole, { body: bytes({ textValue: 'a', inner: { number: 1 }, maybe: null }) })).toEqual({
      textValue: 'a',
      inner: { number: 1 },
    });
    expect(decode({ body: 'inner' }, { body: bytes({ number: 1 }) })).toEqual({ inner: { number: 1 } });
    expect(decode({ body: 'words' }, { body: bytes(['a']), query: 'int32_value=1' })).toEqual({
      words: ['a'],
      int32Value: 1,
    });
    expect(decode({}, { body: bytes('ignored') })).toEqual({});
    expect(decode(whole, { body: Buffer.alloc(0) })).toEqual({});
    expect(transcoder(whole).readsBody).toBe(true);
    expect(transcoder().readsBody).toBe(false);
    expect(transcoder().accepts('application/json')).toBe(true);
    expect(transcoder().accepts('text/plain')).toBe(false);
  });

  test('that are no JSON or no UTF-8 are refused', () => {
    expect(problem(() => decode(whole, { body: Buffer.from('{"a":') }))).toBe('GW_BAD_BODY');
    expect(problem(() => decode(whole, { body: Buffer.from([0x22, 0xff, 0x22]) }))).toBe('GW_BAD_BODY');
  });

  test.each<[unknown, string[]]>([
    [{ nope: 1 }, ['unknown /nope']],
    [{ 'a/b~c': 1 }, ['unknown /a~1b~0c']],
    [[], ['type ']],
    [null, ['type ']],
    ['x', ['type ']],
    [{ int32Value: 'x', textValue: 5 }, ['type /int32Value', 'type /textValue']],
    [{ inner: { inner: { number: 1.5 } } }, ['type /inner/inner/number']],
    [{ inner: 5 }, ['type /inner']],
    [{ words: 'x' }, ['type /words']],
    [{ words: ['x', 5, null] }, ['type /words/1', 'type /words/2']],
    [{ inners: [{}, { nope: 1 }] }, ['unknown /inners/1/nope']],
    [{ counts: { a: 1, b: 'x' } }, ['type /counts/b']],
    [{ counts: [] }, ['type /counts']],
    [{ byName: { a: { number: 'x' } } }, ['type /byName/a/number']],
    [{ byNumber: { one: {} } }, ['type /byNumber/one']],
    [{ colour: 'PINK', many: 'X' }, ['type /colour', 'type /many']],
    [
      { at: 'noon', lasts: 5, mask: 1, any: 5, list: {} },
      ['type /at', 'type /lasts', 'type /mask', 'type /any', 'type /list'],
    ],
    [{ wrappedText: 5, struct: [], times: [7] }, ['type /wrappedText', 'type /struct', 'type /times/0']],
    [{ bytesValue: '***' }, ['type /bytesValue']],
    [{ int64Value: '9223372036854775808', uint32Value: -1 }, ['type /int64Value', 'type /uint32Value']],
    [{ textValue: 'a', text_value: 'b' }, ['conflict /text_value']],
    [{ choiceText: 'a', choiceNumber: 1 }, ['conflict /choiceNumber']],
    [{ empty: { x: 1 } }, ['unknown /empty/x']],
    [{ value: null, inner: null, words: null, nope: 0 }, ['unknown /nope']],
    [{ numbers: Array(20).fill('x') }, Array.from({ length: 16 }, (_, i) => `type /numbers/${i}`)],
    [{ words: [...Array(11_000).fill('x'), 5] }, ['type ']],
    [{ counts: { ...Object.fromEntries(Array.from({ length: 11_000 }, (_, i) => [`k${i}`, 1])), x: 'x' } }, ['type ']],
  ])('%j points to what is wrong', (json, expected) => expect(bodyProblem(json)).toEqual(expected));

  test('that are a field point into the field', () => {
    expect(bodyProblem({ number: 'x' }, { body: 'inner' })).toEqual(['type /number']);
    expect(bodyProblem([1, 'x'], { body: 'numbers' })).toEqual(['type /1']);
  });

  test('have their unknown names passed over when asked to, and the rest refused still', () => {
    const lax = (json: unknown) =>
      transcoder(whole, { ignoreUnknownFields: true }).decode({ pathValues: [], query: '', body: bytes(json) });
    expect(asJson(lax({ nope: 1, textValue: 'a', inner: { nope: {} }, colour: 'PINK' }))).toEqual({
      textValue: 'a',
      inner: {},
    });
    expect(problem(() => lax({ nope: 1, int32Value: 'x', inner: { nope: 1, number: 'x' } }))).toEqual([
      'type /int32Value',
      'type /inner/number',
    ]);
  });

  test('that are nested too deep are refused as that', () => {
    const nest = (depth: number): JsonObject => (depth === 0 ? {} : { inner: nest(depth - 1) });
    expect(bodyProblem(nest(90))).toBe('no problem');
    expect(bodyProblem(nest(120))).toEqual(['depth ']);
    expect(
      problem(() => decode(whole, { body: Buffer.from('[{"a":'.repeat(50_000) + '1' + '}]'.repeat(50_000)) })),
    ).toEqual(['depth ']);
  });

  test('are told what would have been right', () => {
    const details = (json: unknown): string[] => {
      try {
        decode(whole, { body: bytes(json) });
      } catch (error) {
        return (error as GatewayError).context.errors!.map(({ detail }) => detail);
      }
      return [];
    };
    expect(
      details({
        colour: 'x',
        many: 'x',
        at: 1,
        wrappedBool: 'x',
        inner: 1,
        struct: 1,
        counts: { a: 'x' },
        value: 1,
        x: 1,
      }),
    ).toEqual([
      'expected one of COLOUR_UNSPECIFIED, COLOUR_RED, COLOUR_BLUE',
      'expected a value of the enum',
      'expected an RFC 3339 time such as "2026-01-31T12:00:00Z"',
      'expected true or false',
      'expected an object',
      'expected an object',
      'expected a string as the key and a whole number (32 bits)',
      'there is no such field',
    ]);
  });
});

describe('responses', () => {
  const wire = (json: JsonObject): Uint8Array => toBinary(Everything, fromJson(Everything, json, { registry }));
  const encode = (json: JsonObject, responseBody = ''): unknown => {
    const each = transcoder({ responseBody });
    return JSON.parse(each.encode(each.fromWire(wire(json))).toString());
  };

  test('have defaults, and 64-bit integers as strings', () => {
    expect(encode({ int64Value: '9007199254740993' })).toMatchObject({
      int64Value: '9007199254740993',
      textValue: '',
      words: [],
      counts: {},
      colour: 'COLOUR_UNSPECIFIED',
      boolValue: false,
    });
    expect(transcoder().contentTypeOf(transcoder().fromWire(wire({})))).toBe('application/json');
    expect(encode({})).not.toHaveProperty('maybe');
    expect(encode({})).not.toHaveProperty('inner');
  });

  test('can be one field', () => {
    expect(encode({ inner: { number: 1 } }, 'inner')).toMatchObject({ number: 1 });
    expect(encode({ words: ['a'] }, 'words')).toEqual(['a']);
    expect(encode({}, 'inner')).toBeNull();
    expect(encode({}, 'words')).toEqual([]);
  });

  test("that are not the message, or have no JSON, are the upstream's fault", () => {
    const each = transcoder();
    expect(problem(() => each.fromWire(Buffer.from([0xff])))).toBe('GW_UPSTREAM_PROTOCOL');
    const unknown = each.fromWire(Buffer.concat([Buffer.from([0xe2, 1, 5, 0x0a, 3]), Buffer.from('x/y')]));
    expect(problem(() => each.encode(unknown))).toBe('GW_UPSTREAM_PROTOCOL');
  });
});

describe('bindings', () => {
  test.each<[Partial<HttpBinding>, string]>([
    [{ variables: [['nope']] }, 'everything.v1.Everything has no field "nope"'],
    [{ variables: [['words']] }, 'everything.v1.Everything.words cannot be bound by a path'],
    [{ variables: [['inner']] }, 'everything.v1.Everything.inner cannot be bound by a path'],
    [{ body: 'nope' }, 'everything.v1.Everything has no field "nope"'],
    [{ responseBody: 'nope' }, 'everything.v1.Everything has no field "nope"'],
  ])('%j is refused', (binding, message) => expect(() => transcoder(binding)).toThrow(new FieldPathError(message)));
});

describe('properties', () => {
  const text = fc.string({ unit: 'grapheme' });
  const inner = fc.letrec<{ inner: JsonObject }>((tie) => ({
    inner: fc.record(
      { textValue: text, number: fc.integer(), inner: tie('inner') as fc.Arbitrary<JsonObject> },
      { requiredKeys: [] },
    ),
  })).inner;
  const everything = fc.record(
    {
      textValue: text,
      int32Value: fc.integer(),
      int64Value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      boolValue: fc.boolean(),
      doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((each) => !Object.is(each, -0)),
      bytesValue: fc.uint8Array().map((each) => Buffer.from(each).toString('base64')),
      colour: fc.constantFrom('COLOUR_RED', 'COLOUR_BLUE'),
      words: fc.array(text, { minLength: 1 }),
      counts: fc.dictionary(text, fc.integer(), { minKeys: 1, noNullPrototype: true }),
      inner,
    },
    { requiredKeys: [] },
  );

  test('what was encoded decodes to the same', () => {
    const each = transcoder(whole);
    fc.assert(
      fc.property(everything, (json) => {
        const message = each.decode({ pathValues: [], query: '', body: bytes(json) });
        const body = each.encode(each.fromWire(each.toWire(message)));
        expect(asJson(each.decode({ pathValues: [], query: '', body }))).toEqual(asJson(message));
      }),
    );
  });

  test('a flat message is the same from a query', () => {
    const flat = everything.map(({ counts: _, inner: __, ...rest }) => rest);
    fc.assert(
      fc.property(flat, (json) => {
        const pairs = Object.entries(json).flatMap(([name, value]) =>
          [value].flat().map((each): [string, string] => [name, String(each)]),
        );
        const query = new URLSearchParams(pairs).toString();
        expect(decode({}, { query })).toEqual(decode(whole, { body: bytes(json) }));
      }),
    );
  });

  test('any bytes are decoded or refused with a reason', () => {
    const json = fc.oneof(
      fc.json().map((each) => Buffer.from(each)),
      fc.uint8Array().map((each) => Buffer.from(each)),
    );
    const misfit = fc
      .dictionary(fc.constantFrom('textValue', 'inner', 'words', 'counts', 'value', 'at', 'choiceText'), fc.jsonValue())
      .map(bytes);
    fc.assert(
      fc.property(fc.oneof(json, misfit), fc.string(), fc.string({ unit: 'binary' }), (body, query, value) => {
        const binding = { variables: [['int32_value']], body: 'inner' };
        for (const each of [binding, { ...binding, body: '*' }]) {
          const outcome = problem(() => decode(each, { path: [value], query, body }));
          if (Array.isArray(outcome)) expect(outcome.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
