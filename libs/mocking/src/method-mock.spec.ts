import { describe, expect, test } from '@jest/globals';
import { fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { checkFor, mockOf, readMock, registry, typeOf } from './testdata/shapes.fixture';
import type { MethodMock, MockAnswer } from './method-mock';

const request = (type: string, json: JsonValue = {}) => fromJson(typeOf(type), json, { registry });
const jsonOf = (type: string, { message }: MockAnswer) => toJson(typeOf(type), message, { registry }) as object;
const bytesOf = (type: string, { message }: MockAnswer) => Buffer.from(toBinary(typeOf(type), message)).toString('hex');

describe('what is made up', () => {
  test.each(['Texts', 'Numbers', 'Others', 'Item', 'ListItemsResponse', 'Leaf', 'Held', 'Sparse'])(
    'keeps every rule of %s, and every field that can be is set',
    (type) => {
      const mock = mockOf('GetItemRequest', type);
      const check = checkFor(typeOf(type));
      fc.assert(
        fc.property(fc.string(), fc.string(), (itemId, seed) => {
          const { message, source } = mock.answer(request('GetItemRequest', { itemId }), { seed });
          expect(check(message)).toBeNull();
          expect(source).toBe('contract');
        }),
        { numRuns: 20 },
      );
    },
  );

  test('is the same for the same request, byte for byte, whatever the order in a map', () => {
    const answer = (mock: MethodMock, labels: Record<string, string>, seed?: string) =>
      bytesOf('Item', mock.answer(request('GetItemRequest', { itemId: 'i1', labels }), { seed }));
    const [one, other] = [mockOf('GetItemRequest', 'Item'), mockOf('GetItemRequest', 'Item')];
    expect(answer(one, { a: '1', b: '2' })).toBe(answer(other, { b: '2', a: '1' }));
    expect(answer(one, { a: '1' })).not.toBe(answer(one, { a: '2' }));
    expect(answer(one, { a: '1' }, 's')).not.toBe(answer(one, { a: '1' }));
  });

  test('says again what the request said', () => {
    const mock = mockOf('GetItemRequest', 'Item');
    const item = jsonOf('Item', mock.answer(request('GetItemRequest', { itemId: 'i1', shopId: 's1', secret: 'x' })));
    expect(item).toMatchObject({ id: 'i1', shopId: 's1', secret: '***' });
    const list = mockOf('ListItemsRequest', 'ListItemsResponse');
    const { items, ...rest } = jsonOf(
      'ListItemsResponse',
      list.answer(request('ListItemsRequest', { shopId: 's1' })),
    ) as { items: { id: string; shopId: string }[] };
    // A client that follows pages comes to an end.
    expect(rest).toEqual({});
    expect(items.every(({ shopId }) => shopId === 's1')).toBe(true);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  });

  test('repeats a message of its own type, and not what would break a rule', () => {
    const mock = mockOf('SaveItemRequest', 'Item');
    const save = (item: object) => jsonOf('Item', mock.answer(request('SaveItemRequest', { item: item as JsonValue })));
    expect(save({ name: 'Tea', priceCents: '250' })).toMatchObject({ name: 'Tea', priceCents: '250' });
    const cents = Number((save({ priceCents: '-1' }) as { priceCents: string }).priceCents);
    expect(cents).toBeGreaterThan(0);
  });

  test.each([
    ['Endless', /contains itself/],
    ['Unknowable', /no text is found for the pattern/],
    ['UnknowableBytes', /no bytes are found for the pattern/],
    ['TooLong', /longer than mocks/],
    ['TooManyBytes', /more than mocks/],
    ['TooMany', /more than mocks/],
    ['NoKind', /no value of the enum is allowed/],
    ['KnownAny', /can't be made up/],
    ['NeededList', /no text is found/],
    ['NeededItems', /no text is found/],
    ['NeededMap', /no text is found/],
    ['NeededPairs', /no text is found/],
    ['RepeatedTooOften', /no text is found/],
    ['NothingAbove', /a value does not fit/],
    ['NothingLeft', /text breaks string\.not_in/],
    ['Contradiction', /n breaks never: never/],
  ])('is nothing where no message can be made: %s', (type, why) => {
    const { mock, problems } = readMock('GetItemRequest', type);
    expect([mock, problems]).toEqual([null, [expect.stringMatching(why)]]);
    expect(problems[0]).toMatch(/give mock_options\.examples$/);
  });
});

describe('what is made up where not all can be', () => {
  test('lacks what has no value, and lies no deeper than it may', () => {
    const sparse = jsonOf('Sparse', mockOf('GetItemRequest', 'Sparse').answer(request('GetItemRequest')));
    expect(sparse).toEqual({ deep: { deep: { deep: { deep: { deep: {} } } } } });
  });

  test('has no more than it must when it is large', () => {
    const { message } = mockOf('GetItemRequest', 'Wide').answer(request('GetItemRequest'));
    const { rows } = toJson(typeOf('Wide'), message) as { rows: { cells?: string[] }[] };
    expect([rows.length, rows[0]!.cells!.length > 0, rows.at(-1)]).toEqual([600, true, {}]);
  });

  test('is one that was found before when no new one is', () => {
    let checks = 0;
    // The first ones are those that are looked at when the mock is read.
    const check = () => (checks++ < 4 ? null : [{ pointer: '', rule: 'never', detail: 'never' }]);
    const mock = mockOf('GetItemRequest', 'Item', { check });
    const [one, other] = ['a', 'b'].map((itemId) =>
      bytesOf('Item', mock.answer(request('GetItemRequest', { itemId }))),
    );
    expect([one, checks]).toEqual([other, 68]);
  });

  test('is nothing when a rule of the whole message is broken', () => {
    const check = () => [{ pointer: '', rule: 'never', detail: 'not today' }];
    expect(readMock('GetItemRequest', 'Item', { check }).problems).toEqual([
      'no answer can be made up: the message breaks never: not today; give mock_options.examples',
    ]);
    expect(readMock('GetItemRequest', 'Item', { check, examples: ['{}'] }).problems).toEqual([
      'examples[0]: the message breaks never: not today',
    ]);
  });
});

test('fields of the same type are said again, lists too', () => {
  const mock = mockOf('Held', 'Held');
  const said = { kind: 'KIND_TWO', leaf: { left: 'l', even: 4 }, tags: ['a', 'b'], times: ['2026-01-01T00:00:00Z'] };
  expect(jsonOf('Held', mock.answer(request('Held', said)))).toMatchObject(said);
  // Of that name, and not of that type.
  const others = jsonOf('Others', mockOf('Held', 'Others').answer(request('Held', said))) as { tags: string[] };
  expect(others.tags).not.toEqual(said.tags);
  const exact = mock.exact({ tags: ['as it is'] });
  expect(toJson(typeOf('Held'), exact)).toEqual({ tags: ['as it is'] });
});

describe('examples', () => {
  const examples = [
    '{"id": "a", "priceCents": 5}',
    '{"id": "b", "priceCents": 6, "secret": "s", "parent": {"priceCents": 1, "secret": "t"}}',
  ];

  test('are what is answered, chosen by the request, with what mustn’t be shown masked', () => {
    const mock = mockOf('GetItemRequest', 'Item', { examples });
    const ids = Array.from({ length: 40 }, (_, index) => {
      const { message, source } = mock.answer(request('GetItemRequest', { itemId: String(index) }));
      expect(source).toBe('example');
      return (toJson(typeOf('Item'), message) as { id: string }).id;
    });
    expect(new Set(ids)).toEqual(new Set(['a', 'b']));
    expect(mock.exampleCount).toBe(2);
    const second = jsonOf('Item', mock.answer(request('GetItemRequest'), { example: 1 }));
    expect(second).toEqual({ id: 'b', priceCents: '6', secret: '***', parent: { priceCents: '1', secret: '***' } });
    expect(mock.answer(request('GetItemRequest'), { example: 7 }).source).toBe('example');
  });

  test('are masked in lists and in maps, and wherever they are wrong they stay it', () => {
    const held = {
      byName: { a: { secret: 's', id: 'a' } },
      items: [{ secret: 's', id: 'b' }],
      times: ['2026-01-01T00:00:00Z'],
    };
    const check = () => null;
    const mock = mockOf('GetItemRequest', 'Held', { examples: [JSON.stringify(held)], check });
    expect(jsonOf('Held', mock.answer(request('GetItemRequest')))).toEqual({
      byName: { a: { secret: '***', id: 'a' } },
      items: [{ secret: '***', id: 'b' }],
      times: held.times,
    });
    for (const wrong of ['{"byName": 5}', '{"items": 5}', '{"byName": {"a": 5}}'])
      expect(readMock('GetItemRequest', 'Held', { examples: [wrong], check }).problems).toHaveLength(1);
  });

  test('serve a type that nothing can be made up for', () => {
    const mock = mockOf('GetItemRequest', 'Unknowable', { examples: ['{"word": "a "}'] });
    expect(jsonOf('Unknowable', mock.answer(request('GetItemRequest')))).toEqual({ word: 'a ' });
  });

  test.each([
    ['{"nope": 1}', /^examples\[0\]: .*nope/],
    ['[]', /^examples\[0\]: /],
    ['{"labels": 5}', /^examples\[0\]: .*labels/],
    ['{"id": "a"}', /^examples\[0\]: price_cents breaks int64\.gte_lte/],
    ['{"id": 5}', /^examples\[0\]: .*id/],
  ])('that are wrong are named: %s', (example, why) => {
    expect(readMock('GetItemRequest', 'Item', { examples: [example] })).toEqual({
      mock: null,
      problems: [expect.stringMatching(why)],
    });
  });
});

describe('values over an answer', () => {
  const mock = mockOf('SaveItemRequest', 'Item');
  const answer = mock.answer(
    request('SaveItemRequest', { item: { id: 'i1', parent: { id: 'p1', name: 'P', priceCents: '1' } } }),
  ).message;

  test('are merged into messages, and replace anything else', () => {
    const merged = mock.merged(answer, { price_cents: 7, labels: { a: 'b' }, parent: { name: 'Q' } });
    expect(toJson(typeOf('Item'), merged)).toMatchObject({
      id: 'i1',
      priceCents: '7',
      labels: { a: 'b' },
      parent: { id: 'p1', name: 'Q' },
    });
    const others = mockOf('GetItemRequest', 'Others');
    const { message } = others.answer(request('GetItemRequest'));
    expect(toJson(typeOf('Others'), others.merged(message, { wordChoice: 'mine' }), { registry })).toMatchObject({
      wordChoice: 'mine',
    });
  });

  test('of another type are refused', () => {
    expect(() => mock.merged(answer, { priceCents: 'many' })).toThrow();
    expect(() => mock.merged(answer, { nope: 1 })).toThrow();
  });
});
