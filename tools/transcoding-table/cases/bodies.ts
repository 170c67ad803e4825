import type { JsonValue } from '@bufbuild/protobuf';
import type { CaseGroup } from '../transcoding-case';

const store = (title: string, body: JsonValue, expected: string) => ({
  title,
  request: 'POST /v1/kinds',
  body,
  expected,
});

/** Which part of a message a body is, and what it may be. */
export const BODIES: CaseGroup = {
  title: 'Bodies',
  cases: [
    {
      title: '`body: "*"` is everything that the path leaves',
      request: 'POST /v1/books/b1:lend',
      body: { id: 'b2', to: 'ada' },
      expected: 'LendBook {"id":"b1","to":"ada"}',
    },
    {
      title: 'a field',
      request: 'POST /v1/shelves/s1/books',
      body: { title: 'Emma', author: { name: 'Jane' } },
      expected: 'CreateBook {"shelf":"s1","book":{"title":"Emma","author":{"name":"Jane"}}}',
    },
    {
      title: 'a field that is a list',
      request: 'POST /v1/books/b1/tags',
      body: ['a', 'b'],
      expected: 'TagBook {"id":"b1","tags":["a","b"]}',
    },
    { title: 'a wrong item of it', request: 'POST /v1/books/b1/tags', body: ['a', 1], expected: '400 type /1' },
    {
      title: 'none, where there is a rule for one',
      request: 'POST /v1/books/b1:lend',
      expected: 'LendBook {"id":"b1"}',
    },
    {
      title: 'one, where there is no rule for it',
      request: 'GET /v1/books/b1',
      body: 'ignored',
      expected: 'GetBook {"id":"b1"}',
    },
    { title: 'not JSON', request: 'POST /v1/kinds', body: '{"text":', expected: '400' },
    {
      title: 'a name twice',
      request: 'POST /v1/kinds',
      body: '{"text":"a","text":"b"}',
      expected: '400 duplicate /text',
    },
    {
      title: '`application/json; charset=utf-8`',
      request: 'POST /v1/kinds',
      contentType: 'application/json; charset=utf-8',
      body: {},
      expected: 'Store {}',
    },
    {
      title: 'a type that ends in `+json`',
      request: 'POST /v1/kinds',
      contentType: 'application/merge-patch+json',
      body: {},
      expected: 'Store {}',
    },
    {
      title: 'another encoding',
      request: 'POST /v1/kinds',
      contentType: 'application/json; charset=utf-16',
      body: {},
      expected: '415',
    },
    {
      title: 'another type',
      request: 'POST /v1/kinds',
      contentType: 'application/x-www-form-urlencoded',
      body: 'text=a',
      expected: '415',
    },
    {
      title: 'a HttpBody takes any type, as bytes',
      request: 'PUT /v1/books/b1/cover',
      contentType: 'image/svg+xml',
      body: '<svg/>',
      expected: 'PutCover {"id":"b1","cover":{"contentType":"image/svg+xml","data":"PHN2Zy8+"}}',
    },
    {
      title: '`unknown_fields: IGNORE`',
      request: 'POST /v1/kinds:loosely',
      body: { nope: 1, text: 'a', binding: 'LEATHER', edition: { nope: 1 } },
      expected: 'StoreLoosely {"text":"a","edition":{}}',
    },
    {
      title: 'still refused then: a wrong type',
      request: 'POST /v1/kinds:loosely',
      body: { nope: 1, small: 'x' },
      expected: '400 type /small',
    },
  ],
};

/** The mask of a PATCH. */
export const UPDATES: CaseGroup = {
  title: 'Update masks',
  cases: [
    {
      title: 'filled with what the body has',
      request: 'PATCH /v1/books/b1',
      body: { title: 'Emma', author: { born: 1775 } },
      expected:
        'UpdateBook {"book":{"id":"b1","title":"Emma","author":{"born":1775}},"updateMask":"title,author.born"}',
    },
    {
      title: 'lists and maps as a whole; null and empty objects clear',
      request: 'PATCH /v1/books/b1',
      body: { editions: [{ number: 1 }], labels: { a: 'b' }, printed: null, author: {} },
      expected:
        'UpdateBook {"book":{"id":"b1","author":{},"editions":[{"number":1}],"labels":{"a":"b"}},"updateMask":"editions,labels,printed,author"}',
    },
    {
      title: 'a mask that is given stays',
      request: 'PATCH /v1/books/b1?updateMask=title',
      body: { title: 'Emma', author: {} },
      expected: 'UpdateBook {"book":{"id":"b1","title":"Emma","author":{}},"updateMask":"title"}',
    },
    {
      title: 'nothing in the body, no mask',
      request: 'PATCH /v1/books/b1',
      body: {},
      expected: 'UpdateBook {"book":{"id":"b1"}}',
    },
    {
      title: 'a PUT has none',
      request: 'PUT /v1/books/b1',
      body: { title: 'Emma' },
      expected: 'UpdateBook {"book":{"id":"b1","title":"Emma"}}',
    },
  ],
};

/** Proto JSON, as bodies have it. */
export const JSON_VALUES: CaseGroup = {
  title: 'JSON of requests',
  cases: [
    store(
      'either name of a field',
      { unsigned_large: 1, wrappedText: 'w' },
      'Store {"unsignedLarge":"1","wrappedText":"w"}',
    ),
    store('both names of one field', { unsigned_large: 1, unsignedLarge: 1 }, '400 conflict /unsignedLarge'),
    store('64-bit integers as strings', { large: '9223372036854775807' }, 'Store {"large":"9223372036854775807"}'),
    store('64-bit integers as numbers', { large: 12 }, 'Store {"large":"12"}'),
    store('integers with an exponent or as 1.0', '{"small":1e2,"numbers":[1.0]}', 'Store {"small":100,"numbers":[1]}'),
    store('a fraction for an integer', { small: 1.5 }, '400 type /small'),
    store('a bool as text', { flag: 'true' }, '400 type /flag'),
    store(
      'enums by name and number',
      { binding: 1, bindings: ['BINDING_CLOTH', 7] },
      'Store {"binding":"BINDING_PAPER","bindings":["BINDING_CLOTH",7]}',
    ),
    store('a name that the enum does not have', { binding: 'LEATHER' }, '400 type /binding'),
    store('bytes in base64url, unpadded', { data: '-_8' }, 'Store {"data":"+/8="}'),
    store('null is absence', { text: null, edition: null, words: null, maybe: null }, 'Store {}'),
    store('null in a list', { words: ['a', null] }, '400 type /words/1'),
    store('null is a value of a Value', { value: null }, 'Store {"value":null}'),
    store(
      'presence is kept',
      { maybe: '', wrappedText: '', edition: {} },
      'Store {"edition":{},"maybe":"","wrappedText":""}',
    ),
    store('two fields of a oneof', { word: 'a', number: 1 }, '400 conflict /number'),
    store('a map', { counts: { a: 1, __proto__x: 2 } }, 'Store {"counts":{"a":1,"__proto__x":2}}'),
    store('a wrong value of a map', { counts: { a: 'x' } }, '400 type /counts/a'),
    store(
      'a Timestamp and a Duration',
      { at: '2026-01-31T12:00:00.25+01:00', lasts: '-0.5s' },
      'Store {"at":"2026-01-31T11:00:00.250Z","lasts":"-0.500s"}',
    ),
    store(
      'an Any of a message of the contract',
      { any: { '@type': 'type.googleapis.com/library.v1.Author', name: 'Jane' } },
      'Store {"any":{"name":"Jane","@type":"type.googleapis.com/library.v1.Author"}}',
    ),
    store(
      'an Any with a form of its own',
      { any: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1s' } },
      'Store {"any":{"value":"1s","@type":"type.googleapis.com/google.protobuf.Duration"}}',
    ),
    store('an Any of something unknown', { any: { '@type': 'type.googleapis.com/nobody.v1.Knows' } }, '400 type /any'),
    store(
      'Struct, Value and ListValue',
      { struct: { a: [1, null] }, value: { b: 'c' }, list: [true] },
      'Store {"struct":{"a":[1,null]},"value":{"b":"c"},"list":[true]}',
    ),
    store('an unknown name, with where it is', { editions: [{}, { nope: 1 }] }, '400 unknown /editions/1/nope'),
    store('each wrong field', { small: 'x', flag: 1, at: 'noon' }, '400 type /small, type /flag, type /at'),
  ],
};
