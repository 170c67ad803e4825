import { describe, expect, test } from '@jest/globals';
import { fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import { methodOf, registry, transcoder } from './testdata/everything';
import type { HttpBinding } from './transcoder';

const upload = methodOf('Upload');
const attach = methodOf('Attach');
/** Neither JSON nor UTF-8. */
const BYTES = Buffer.from([0x7b, 0xff, 0x00]);
const BASE64 = BYTES.toString('base64');

type Parts = { query?: string; body?: Buffer; contentType?: string };

function decode(method: typeof upload, binding: Partial<HttpBinding>, { query = '', body, ...parts }: Parts): unknown {
  const message = transcoder(binding, {}, method).decode({ pathValues: [], query, body: body ?? null, ...parts });
  return toJson(method.input, message, { registry });
}

/** What a response becomes: its type and its text. */
function encode(method: typeof upload, json: JsonObject, responseBody = ''): [string, string] {
  const each = transcoder({ responseBody }, {}, method);
  const response = each.fromWire(toBinary(method.output, fromJson(method.output, json, { registry })));
  return [each.contentTypeOf(response), each.encode(response).toString('base64')];
}

describe('a HttpBody as the request body', () => {
  test('is the bytes as they came, with their type', () => {
    const contentType = 'image/png';
    expect(decode(upload, { body: '*' }, { body: BYTES, contentType })).toEqual({ contentType, data: BASE64 });
    expect(decode(upload, { body: '*' }, { body: BYTES })).toEqual({ data: BASE64 });
    expect(decode(upload, { body: '*' }, {})).toEqual({});
  });

  test('can be a field, with the others from the query', () => {
    const parts = { query: 'name=n', body: BYTES, contentType: 'a/b' };
    const content = { contentType: 'a/b', data: BASE64 };
    expect(decode(attach, { body: 'content' }, parts)).toEqual({ name: 'n', content });
    expect(decode(attach, { body: 'copied' }, parts)).toEqual({ name: 'n', copied: content });
    expect(decode(attach, { body: 'content' }, { query: 'name=n' })).toEqual({ name: 'n' });
    expect(() => decode(attach, { body: 'content' }, { ...parts, query: 'content.content_type=x' })).toThrow();
  });

  test('accepts any type, and is JSON where it is no body of its own', () => {
    expect(transcoder({ body: '*' }, {}, upload).accepts('image/png')).toBe(true);
    expect(transcoder({ body: '*' }, {}, attach).accepts('image/png')).toBe(false);
    const body = Buffer.from(JSON.stringify({ content: { contentType: 'a/b', data: BASE64 } }));
    expect(decode(attach, { body: '*' }, { body })).toEqual({ content: { contentType: 'a/b', data: BASE64 } });
  });
});

test('a HttpBody is JSON both ways where bodies are not raw', () => {
  const json = { contentType: 'image/png', data: BASE64 };
  const each = transcoder({ body: '*' }, { rawBodies: false }, upload);
  const message = each.decode({ pathValues: [], query: '', body: Buffer.from(JSON.stringify(json)) });
  expect(toJson(upload.input, message, { registry })).toEqual(json);
  expect(each.accepts('image/png')).toBe(false);
  const response = each.fromWire(toBinary(upload.output, fromJson(upload.output, json, { registry })));
  expect(each.contentTypeOf(response)).toBe('application/json');
  expect(JSON.parse(each.encode(response).toString())).toMatchObject(json);
});

describe('a HttpBody as the response', () => {
  test('is written as it is', () => {
    expect(encode(upload, { contentType: 'image/png', data: BASE64 })).toEqual(['image/png', BASE64]);
    expect(encode(upload, { data: BASE64 })).toEqual(['application/octet-stream', BASE64]);
    expect(encode(upload, { contentType: 'a/b\r\nx: y' })).toEqual(['application/octet-stream', '']);
  });

  test('can be a field', () => {
    const content = { contentType: 'a/b', data: BASE64 };
    expect(encode(attach, { content }, 'content')).toEqual(['a/b', BASE64]);
    expect(encode(attach, { copied: content }, 'copied')).toEqual(['a/b', BASE64]);
    expect(encode(attach, {}, 'content')).toEqual(['application/octet-stream', '']);
    expect(encode(attach, { content })[0]).toBe('application/json');
  });
});
