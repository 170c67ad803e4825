import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listValues } from './headers';
import { removeHopByHop } from './hop-by-hop';
import { addMissingHeaders, securityHeaders } from './security-headers';
import { refuseUnderscores, stripUntrusted } from './untrusted';

test('listValues reads all fields of that name as one list', () => {
  expect(listValues(['via', 'a, b', 'x', 'y', 'via', ' c ,, '], 'via')).toEqual(['a', 'b', 'c']);
});

describe('removeHopByHop', () => {
  test('drops the fields of the connection and keeps the rest in order', () => {
    const headers = ['host', 'a', 'te', 'trailers', 'upgrade', 'h2c', 'accept', 'b', 'keep-alive', '5', 'accept', 'c'];
    expect(removeHopByHop(headers)).toEqual(['host', 'a', 'accept', 'b', 'accept', 'c']);
  });

  test('drops what Connection names, in any case, in any of its fields', () => {
    const headers = ['connection', 'close, X-One', 'x-one', '1', 'connection', 'x-two', 'x-two', '2', 'x-three', '3'];
    expect(removeHopByHop(headers)).toEqual(['x-three', '3']);
  });

  test('Connection cannot take away where a message goes and where it ends', () => {
    const headers = ['connection', 'host, content-length', 'host', 'a', 'content-length', '5'];
    expect(removeHopByHop(headers)).toEqual(['host', 'a', 'content-length', '5']);
  });

  test('takes a second time nothing more, and leaves the original alone', () => {
    const name = fc.constantFrom('connection', 'host', 'te', 'x-a', 'x-b', 'content-length');
    const value = fc.constantFrom('x-a', 'x-b, te', 'close', ' , ', 'host');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (fields) => {
        const headers = fields.flat();
        const before = [...headers];
        const once = removeHopByHop(headers);
        expect(headers).toEqual(before);
        expect(removeHopByHop(once)).toEqual(once);
        expect(once).not.toContain('connection');
      }),
    );
  });
});

describe('stripUntrusted', () => {
  const forwarded = [
    'x-forwarded-for',
    '1',
    'x-forwarded-proto',
    'https',
    'forwarded',
    'for=1',
    'x-real-ip',
    '1',
    'x-request-id',
    '7',
  ];
  const identity = ['x-user-id', 'root', 'x-user-scopes', '*', 'x-session-id', 's', 'x-service-id', 'x'];
  const overrides = ['x-original-url', '/admin', 'x-http-method-override', 'DELETE'];
  const ordinary = ['accept', '*/*', 'x-api-key', 'k', 'x-username', 'n', 'authorization', 'Bearer t'];

  test('a stranger can neither say who it is nor for whom it forwards', () => {
    expect(stripUntrusted([...forwarded, ...identity, ...overrides, ...ordinary], false)).toEqual(ordinary);
  });

  test('a trusted proxy may forward, but not say who the user is', () => {
    expect(stripUntrusted([...forwarded, ...identity, ...overrides, ...ordinary], true)).toEqual([
      ...forwarded,
      ...ordinary,
    ]);
  });
});

describe('refuseUnderscores', () => {
  test('names the field', () => {
    expect(() => refuseUnderscores(['accept', 'a', 'x_user_id', 'root'])).toThrow(
      expect.objectContaining({
        code: 'GW_BAD_REQUEST',
        context: expect.objectContaining({ errors: [expect.objectContaining({ pointer: 'header/x_user_id' })] }),
      }),
    );
  });

  test('values may have them', () => {
    expect(() => refuseUnderscores(['accept', 'a_b'])).not.toThrow();
  });
});

describe('securityHeaders', () => {
  const named = (headers: string[]) =>
    Object.fromEntries(headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : [])));

  test('over TLS, for one caller', () => {
    expect(named(securityHeaders({ https: true, personal: true }))).toEqual({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'SAMEORIGIN',
      'strict-transport-security': 'max-age=31536000',
      'cache-control': 'no-store',
    });
  });

  test('in the clear there is no HSTS; what is public may be stored', () => {
    const block = named(securityHeaders({ https: false, personal: false }));
    expect(block).not.toHaveProperty('strict-transport-security');
    expect(block).not.toHaveProperty('cache-control');
  });

  test('a route replaces, removes and adds', () => {
    const overrides = {
      'x-frame-options': 'DENY',
      'referrer-policy': '',
      'content-security-policy': "default-src 'none'",
    };
    const block = named(securityHeaders({ https: false, personal: false, overrides }));
    expect(block).toEqual({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'",
    });
  });
});

test('addMissingHeaders leaves what the response has', () => {
  const headers = ['cache-control', 'max-age=5'];
  addMissingHeaders(headers, ['cache-control', 'no-store', 'x-frame-options', 'DENY']);
  expect(headers).toEqual(['cache-control', 'max-age=5', 'x-frame-options', 'DENY']);
});
