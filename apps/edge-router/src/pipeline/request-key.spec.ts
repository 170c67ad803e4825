import { expect, test } from '@jest/globals';
import { contextOf, httpRoute, principal } from '../pipeline.fixture';
import { joinedKey, keyPart } from './request-key';

const route = httpRoute({ path: '/a/{id}' });
const read = (parts: readonly string[], context = contextOf()) =>
  joinedKey(parts.map((part) => keyPart(route, part)))(context);

test('reads each kind of part, and says when there is none', () => {
  const known = contextOf(
    { headers: ['x-tenant', 'acme'], remoteAddress: '10.0.0.1' },
    { principal: principal(), captures: ['7'] },
  );
  expect(read(['user'], known)).toBe('user https://issuer ada');
  expect(read(['ip'], known)).toBe('ip 10.0.0.1');
  expect(read(['header:X-Tenant'], known)).toBe('acme');
  expect(read(['field:id'], known)).toBe('7');
  expect(read(['user'])).toBeUndefined();
  expect(read(['header:x-tenant'])).toBeUndefined();
});

test('joins parts without mixing them up, and has no key when no part is there', () => {
  const of = (a: string, b: string) => read(['header:a', 'header:b'], contextOf({ headers: ['a', a, 'b', b] }));
  expect(of('x","y', 'z')).not.toBe(of('x', 'y","z'));
  expect(read(['header:a', 'header:b'], contextOf({ headers: ['b', '1'] }))).toBe('[null,"1"]');
  expect(read(['header:a', 'user'])).toBeUndefined();
  expect(read([])).toBeUndefined();
});
