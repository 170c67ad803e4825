import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { issuersFrom, issuersSchema, JwtVerifier } from './index';

const JWKS = { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] };
const ENTRY = { issuer: 'https://issuer.test', audience: 'gateway', jwks: JWKS };
const URI = 'https://issuer.test/jwks.json';

test('an entry needs issuer, audience and keys; the rest has defaults', () => {
  expect(issuersSchema.parse([ENTRY])).toEqual([
    {
      ...ENTRY,
      audience: ['gateway'],
      algorithms: ['ES256', 'EdDSA', 'RS256'],
      clockSkewSeconds: 30,
      maxLifetimeSeconds: 86_400,
    },
  ]);
});

test.each([
  ['an unknown key', { ...ENTRY, color: 'red' }, 'color'],
  ['no keys', { issuer: 'i', audience: 'a' }, 'exactly one of jwksUri and jwks'],
  ['two sources of keys', { ...ENTRY, jwksUri: URI }, 'exactly one of jwksUri and jwks'],
  ['a symmetric algorithm', { ...ENTRY, algorithms: ['HS256'] }, 'algorithms'],
  ['no signature at all', { ...ENTRY, algorithms: ['none'] }, 'algorithms'],
  ['a symmetric key', { ...ENTRY, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'kty'],
  ['a private key', { ...ENTRY, jwks: { keys: [{ ...JWKS.keys[0], d: 'd' }] } }, 'private key'],
  ['keys over plain HTTP', { issuer: 'i', audience: 'a', jwksUri: 'http://issuer.test/jwks' }, 'must be https'],
  ['an address that is none', { issuer: 'i', audience: 'a', jwksUri: 'file:///etc/passwd' }, 'jwksUri'],
  ['a skew of an hour', { ...ENTRY, clockSkewSeconds: 3600 }, 'clockSkewSeconds'],
])('refuses %s', (_name, entry, problem) => {
  const result = issuersSchema.safeParse([entry]);
  expect(result.success).toBe(false);
  expect(JSON.stringify(result.error?.issues)).toContain(problem);
});

test('refuses an issuer that is named twice', () => {
  expect(JSON.stringify(issuersSchema.safeParse([ENTRY, ENTRY]).error?.issues)).toContain('twice');
});

test.each(['http://localhost:8000/jwks', 'http://127.0.0.1/jwks', 'http://[::1]/jwks', URI])(
  'accepts %s',
  (jwksUri) => {
    expect(issuersSchema.safeParse([{ issuer: 'i', audience: ['a', 'b'], jwksUri }]).success).toBe(true);
  },
);

test('a configured issuer verifies its tokens, with keys at hand or fetched', async () => {
  const clock = fakeClock();
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = { keys: [await exportJWK(publicKey)] };
  const configs = issuersSchema.parse([
    { issuer: 'static', audience: 'gateway', jwks },
    { issuer: 'fetched', audience: 'gateway', jwksUri: URI },
  ]);
  const fetched: string[] = [];
  const issuers = issuersFrom(configs, clock, async (uri) => {
    fetched.push(uri);
    return jwks;
  });
  const verifier = new JwtVerifier(issuers, clock);
  for (const issuer of ['static', 'fetched']) {
    const token = await new SignJWT({ iss: issuer, aud: 'gateway', sub: 'u-1', exp: clock.now() / 1000 + 60 })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
    expect(await verifier.verify(token)).toMatchObject({ outcome: 'valid', principal: { issuer } });
  }
  expect(fetched).toEqual([URI]);
});
