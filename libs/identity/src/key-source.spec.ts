import { expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { staticKeys } from './index';

const jwkOf = async (alg: string, kid?: string): Promise<JWK> => {
  const { publicKey } = await generateKeyPair(alg);
  return { ...(await exportJWK(publicKey)), kid };
};

test('finds the key that the token names', async () => {
  const keys = staticKeys({ keys: [await jwkOf('ES256', 'a'), await jwkOf('ES256', 'b')] });
  expect(await keys.find({ alg: 'ES256', kid: 'b' })).toMatchObject({ found: 'key' });
  expect(await keys.find({ alg: 'ES256', kid: 'c' })).toEqual({ found: 'none' });
});

test('a token without a key id finds the only key that fits, and none when several do', async () => {
  const [a, b] = [await jwkOf('ES256', 'a'), await jwkOf('ES256', 'b')];
  expect(await staticKeys({ keys: [a] }).find({ alg: 'ES256' })).toMatchObject({ found: 'key' });
  expect(await staticKeys({ keys: [a, b] }).find({ alg: 'ES256' })).toEqual({ found: 'none' });
});

test('a key of another type, a symmetric algorithm and a broken key find nothing', async () => {
  const keys = staticKeys({
    keys: [await jwkOf('ES256', 'a'), { kty: 'EC', crv: 'P-256', kid: 'broken', x: '?', y: '?' }],
  });
  for (const hint of [
    { alg: 'EdDSA', kid: 'a' },
    { alg: 'HS256', kid: 'a' },
    { alg: 'none', kid: 'a' },
    { alg: 'ES256', kid: 'broken' },
  ])
    expect(await keys.find(hint)).toEqual({ found: 'none' });
});

test('what is no key set is refused at once', () => {
  expect(() => staticKeys({ keys: 'none' } as never)).toThrow('JSON Web Key Set malformed');
});
