import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { headerType, isJsonType } from './media-type';

describe('isJsonType', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF8',
    'application/json ; Charset="utf-8" ; x=1',
    'application/json;',
    'application/json; ;charset=utf-8; ',
    'application/problem+json',
    'application/vnd.shop.v2+json; profile="a b"',
  ])('%s is', (value) => expect(isJsonType(value)).toBe(true));

  test.each([
    '',
    'json',
    'text/json',
    'text/plain',
    'application/jsonp',
    'application/json5',
    'application/+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=application/json',
    'application/json, text/plain',
    'application/json; charset=latin1',
    'application/json; x=1; charset="utf-16"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset',
    'application/json; charset="utf-8',
    ' application/json',
  ])('%s is not', (value) => expect(isJsonType(value)).toBe(false));

  test('whatever the parameters are called, only a charset other than UTF-8 matters', () => {
    const token = fc.stringMatching(/^[a-z0-9!#$&^_-]{1,8}$/);
    const value = fc.oneof(
      token,
      fc.stringMatching(/^[ a-z;=,]{0,8}$/).map((each) => `"${each}"`),
    );
    const parameters = fc.array(fc.tuple(token, value), { maxLength: 4 });
    fc.assert(
      fc.property(parameters, (each) => {
        const text = each.map(([name, text]) => `; ${name}=${text}`).join('');
        const right = each.every(([name, text]) => name !== 'charset' || /^"?utf-?8"?$/.test(text));
        expect(isJsonType(`application/json${text}`)).toBe(right);
      }),
    );
  });
});

test('headerType gives what a header can carry', () => {
  expect(headerType('image/png')).toBe('image/png');
  expect(headerType('text/html; charset=utf-8')).toBe('text/html; charset=utf-8');
  for (const value of ['', 'png', 'a/b\r\nset-cookie: x', 'a/b; x=\u{e9}', 'a b/c'])
    expect(headerType(value)).toBe('application/octet-stream');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => expect(headerType(value)).toMatch(/^[\t\x20-\x7e]+$/)),
  );
});
