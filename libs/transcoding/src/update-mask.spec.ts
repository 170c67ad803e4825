import { expect, test } from '@jest/globals';
import { type JsonObject, toJson } from '@bufbuild/protobuf';
import type { TranscodingOptions } from './options';
import { methodOf, registry, transcoder } from './testdata/everything';
import type { HttpBinding } from './transcoder';

const update = methodOf('Update');
const patch = { method: 'PATCH', body: 'everything' };

/** The mask of a request; undefined: none. */
function maskOf(
  body: unknown,
  { query = '', ...binding }: Partial<HttpBinding> & { query?: string } = {},
  options: Partial<TranscodingOptions> = {},
): unknown {
  const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
  const message = transcoder({ ...patch, ...binding }, options, update).decode({ pathValues: [], query, body: bytes });
  return (toJson(update.input, message, { registry }) as JsonObject).updateMask;
}

test('the mask of a PATCH is what its body has, by proto names, down to what has no fields', () => {
  expect(maskOf({ textValue: 'a', int32_value: 0 })).toBe('textValue,int32Value');
  expect(maskOf({ inner: { textValue: '', inner: { number: 1 } } })).toBe('inner.textValue,inner.inner.number');
  expect(maskOf({ inner: {}, choiceInner: null, maybe: null })).toBe('inner,choiceInner,maybe');
  expect(maskOf({ words: [], inners: [{ number: 1 }], counts: { a: 1 }, byName: { x: {} } })).toBe(
    'words,inners,counts,byName',
  );
  expect(maskOf({ at: '2026-01-31T12:00:00Z', struct: { a: {} }, wrappedText: 'w', value: {}, list: [] })).toBe(
    'at,struct,wrappedText,value,list',
  );
});

test('a mask that is given stays', () => {
  expect(maskOf({ textValue: 'a', maybe: 'b' }, { query: 'update_mask=text_value' })).toBe('textValue');
  expect(maskOf({ textValue: 'a' }, { query: 'updateMask=' })).toBe('textValue');
});

test('there is none without members', () => {
  for (const body of [undefined, null, {}]) expect(maskOf(body)).toBeUndefined();
  expect(maskOf({ nope: 1 }, {}, { ignoreUnknownFields: true })).toBeUndefined();
  expect(maskOf({ nope: 1, textValue: 'a' }, {}, { ignoreUnknownFields: true })).toBe('textValue');
});

test('other methods and bodies have nothing filled in', () => {
  expect(maskOf({ textValue: 'a' }, { method: 'PUT' })).toBeUndefined();
  expect(maskOf({ everything: { textValue: 'a' } }, { body: '*' })).toBeUndefined();
  expect(maskOf('name', { body: 'name' })).toBeUndefined();
  expect(maskOf({ a: 1 }, { body: 'settings' })).toBeUndefined();
});
