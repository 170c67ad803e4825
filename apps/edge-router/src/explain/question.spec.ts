import { expect, test } from '@jest/globals';
import { GatewayError } from '@gateway/errors';
import fc from 'fast-check';
import { readQuestion } from './question';

test('a path is a question; the rest has defaults', () => {
  expect(readQuestion({ path: '/a?b=1' })).toEqual({
    method: 'GET',
    target: '/a?b=1',
    scheme: 'https',
    authority: 'localhost',
    headers: [],
    from: '127.0.0.1',
  });
});

test('everything can be said', () => {
  const header = ['Accept: text/html', 'Host: API.example.com:8443', 'x-empty:'];
  const question = readQuestion({ method: 'PURGE', path: '/', header, scheme: 'http', from: '2001:db8::1' });
  expect(question).toEqual({
    method: 'PURGE',
    target: '/',
    scheme: 'http',
    authority: 'api.example.com:8443',
    headers: ['accept', 'text/html', 'host', 'API.example.com:8443', 'x-empty', ''],
    from: '2001:db8::1',
  });
  expect(readQuestion({ path: '/', header: 'a: b: c' }).headers).toEqual(['a', 'b: c']);
});

test.each([
  [{}, /^path: /],
  [{ path: 'a' }, /^path: /],
  [{ path: '/a b' }, /^path: /],
  [{ path: ['/a', '/b'] }, /^path: is given more than once/],
  [{ path: '/', method: 'G T' }, /^method: /],
  [{ path: '/', scheme: 'ftp' }, /^scheme: /],
  [{ path: '/', from: 'here' }, /^from: /],
  [{ path: '/', header: 'no colon' }, /^header: /],
  [{ path: '/', header: ': x' }, /^header: /],
  [{ path: '/', header: 'a: \n' + 'b\u0000' }, /^header: /],
  [{ path: '/', header: Array.from({ length: 101 }, () => 'a: b') }, /more than 100/],
])('%j is none', (parameters, detail) => {
  expect(() => readQuestion(parameters)).toThrow(
    expect.objectContaining({ context: { detail: expect.stringMatching(detail) } }),
  );
});

test('whatever the parameters are, it is a question or a refusal', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string()), fc.constantFrom('/a', 'x: y', 'https'));
  const parameters = fc.record(
    { method: value, path: value, header: value, scheme: value, from: value },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(parameters, (given) => {
      try {
        const { headers, target } = readQuestion(given);
        expect([headers.length % 2, target[0]]).toEqual([0, '/']);
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }),
  );
});
