import { beforeAll, expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import fc from 'fast-check';
import { base64url, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { JwtVerifier, peekToken, staticKeys, type JwtIssuer, type KeySource } from './index';

const ISSUER = 'https://issuer.test';
const SKEW_MS = 5_000;
const MAX_LIFETIME_MS = 3_600_000;

let key: CryptoKey;
let foreignKey: CryptoKey;
let keys: KeySource;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  foreignKey = (await generateKeyPair('ES256')).privateKey;
  keys = staticKeys({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] });
});

const clock = fakeClock();
const seconds = () => Math.floor(clock.now() / 1000);

function verifier(overrides: Partial<JwtIssuer> = {}): JwtVerifier {
  const issuer: JwtIssuer = {
    issuer: ISSUER,
    audience: ['gateway', 'other'],
    algorithms: ['ES256'],
    keys,
    clockSkewMs: SKEW_MS,
    maxLifetimeMs: MAX_LIFETIME_MS,
    ...overrides,
  };
  return new JwtVerifier([issuer], clock);
}

const claims = (overrides: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: 'gateway',
  sub: 'u-1',
  sid: 's-1',
  scope: 'read write',
  iat: seconds(),
  exp: seconds() + 60,
  ...overrides,
});

const sign = (payload: JWTPayload, header: object = {}, by: CryptoKey = key): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header }).sign(by);

const invalid = (reason: string) => ({ outcome: 'invalid', reason });

test('a good token yields its principal, valid until the token ends plus the skew', async () => {
  const until = (seconds() + 60) * 1000 + SKEW_MS;
  expect(await verifier().verify(await sign(claims()))).toEqual({
    outcome: 'valid',
    validUntil: until,
    principal: {
      subject: 'u-1',
      issuer: ISSUER,
      sessionId: 's-1',
      scopes: ['read', 'write'],
      kind: 'bearer',
      expiresAt: until,
    },
  });
});

test.each([
  ['none at all', { scope: undefined, sid: undefined }, { scopes: [], sessionId: '' }],
  ['a list in scope', { scope: ['a', 'b'] }, { scopes: ['a', 'b'] }],
  ['a list in scp', { scope: undefined, scp: ['a'] }, { scopes: ['a'] }],
  ['extra spaces', { scope: ' a  b ' }, { scopes: ['a', 'b'] }],
])('reads scopes and session: %s', async (_name, given, expected) => {
  expect(await verifier().verify(await sign(claims(given)))).toMatchObject({ outcome: 'valid', principal: expected });
});

test.each([undefined, 'JWT', 'at+jwt', 'application/at+jwt'])('accepts the type %s', async (typ) => {
  expect(await verifier().verify(await sign(claims(), { typ }))).toMatchObject({ outcome: 'valid' });
});

test.each(['logout+jwt', 'dpop+jwt', ''])('a token of type %j is no access token', async (typ) => {
  expect(await verifier().verify(await sign(claims(), { typ }))).toEqual(invalid('type'));
});

test('a type that is no text is refused too', async () => {
  const [, payload, signature] = (await sign(claims())).split('.');
  const header = base64url.encode(JSON.stringify({ alg: 'ES256', typ: 1 }));
  expect(await verifier().verify(`${header}.${payload}.${signature}`)).toEqual(invalid('type'));
});

test.each([
  ['another issuer', { iss: 'https://evil.test' }, 'issuer'],
  ['no issuer', { iss: undefined }, 'issuer'],
  ['another audience', { aud: 'elsewhere' }, 'audience'],
  ['no audience', { aud: undefined }, 'audience'],
  ['no end', { exp: undefined }, 'claims'],
  ['an end that is no number', { exp: 'soon' as never }, 'claims'],
  ['no subject', { sub: undefined }, 'claims'],
  ['an empty subject', { sub: '' }, 'claims'],
  ['a subject that would break a header', { sub: 'a\r\nx-admin: 1' }, 'claims'],
  ['a subject that is no text', { sub: 7 as never }, 'claims'],
  ['a session that is no text', { sid: 7 }, 'claims'],
  ['a session that would break a header', { sid: 'a b' }, 'claims'],
  ['scopes that are no text', { scope: [1] }, 'claims'],
  ['scopes that are no list', { scope: { a: 1 } }, 'claims'],
  ['a scope with a quote', { scope: 'a"b' }, 'claims'],
  ['too many scopes', { scope: 'a '.repeat(257) }, 'claims'],
])('refuses %s', async (_name, given, reason) => {
  expect(await verifier().verify(await sign(claims(given as JWTPayload)))).toEqual(invalid(reason));
});

test.each([
  ['ended longer ago than the skew', { exp: -5 }, 'expired'],
  ['starts later than the skew', { nbf: 7 }, 'not-yet-valid'],
  ['was issued later than the skew', { iat: 7 }, 'not-yet-valid'],
  ['lives longer than the longest life', { exp: 3_600 }, 'lifetime'],
])('refuses a token that %s', async (_name, offsets, reason) => {
  const at = Object.fromEntries(Object.entries(offsets).map(([claim, offset]) => [claim, seconds() + offset]));
  expect(await verifier().verify(await sign(claims(at)))).toEqual(invalid(reason));
});

test('a token without a time of issue counts as issued now', async () => {
  expect(await verifier().verify(await sign(claims({ iat: undefined })))).toMatchObject({ outcome: 'valid' });
  const long = claims({ iat: undefined, exp: seconds() + 3_600 });
  expect(await verifier().verify(await sign(long))).toEqual(invalid('lifetime'));
});

test.each([
  ['just ended', { exp: -4 }],
  ['starts in a moment', { nbf: 4, iat: 4 }],
])('within the skew a token passes that %s', async (_name, offsets) => {
  const at = Object.fromEntries(Object.entries(offsets).map(([claim, offset]) => [claim, seconds() + offset]));
  expect(await verifier().verify(await sign(claims(at)))).toMatchObject({ outcome: 'valid' });
});

test('a token signed by a foreign key under a known key id is forged', async () => {
  expect(await verifier().verify(await sign(claims(), {}, foreignKey))).toEqual(invalid('signature'));
});

test('changed claims break the signature', async () => {
  const [header, , signature] = (await sign(claims())).split('.');
  const payload = base64url.encode(JSON.stringify(claims({ sub: 'admin' })));
  expect(await verifier().verify(`${header}.${payload}.${signature}`)).toEqual(invalid('signature'));
});

test('an unknown key id is no key', async () => {
  expect(await verifier().verify(await sign(claims(), { kid: 'k2' }))).toEqual(invalid('key'));
});

test('without keys it is undecidable, not invalid', async () => {
  const down: KeySource = { find: async () => ({ found: 'unavailable', why: 'refused' }) };
  expect(await verifier({ keys: down }).verify(await sign(claims()))).toEqual({
    outcome: 'undecidable',
    why: `${ISSUER}: refused`,
  });
});

test('an unsigned token and one signed with the public key as a secret are refused by their algorithm', async () => {
  const unsigned = new UnsecuredJWT(claims()).encode();
  const secret = new TextEncoder().encode('the public key, which everybody knows');
  const confused = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
  expect(await verifier().verify(unsigned)).toEqual(invalid('algorithm'));
  expect(await verifier().verify(confused)).toEqual(invalid('algorithm'));
});

test('an algorithm that the issuer does not use is refused, however good the signature', async () => {
  expect(await verifier({ algorithms: ['EdDSA'] }).verify(await sign(claims()))).toEqual(invalid('algorithm'));
});

test('critical headers that nobody understands make a token malformed (RFC 7515 §4.1.11)', async () => {
  const [, payload, signature] = (await sign(claims())).split('.');
  const header = base64url.encode(JSON.stringify({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 }));
  expect(await verifier().verify(`${header}.${payload}.${signature}`)).toEqual(invalid('malformed'));
});

test('peeking tells issuer and header of a JWT, and null of anything else', async () => {
  expect(peekToken(await sign(claims(), { typ: 'JWT' }))).toEqual({
    alg: 'ES256',
    kid: 'k1',
    typ: 'JWT',
    issuer: ISSUER,
  });
  expect(peekToken('opaque')).toBeNull();
  expect(peekToken('a'.repeat(8_193))).toBeNull();
});

test('whatever bytes come as a token, the outcome is invalid', async () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => base64url.encode(bytes)),
    fc.json().map((json) => base64url.encode(json)),
    fc
      .record({ alg: fc.constantFrom('ES256', 'none', 'HS256', 7), kid: fc.constantFrom('k1', 'k2', 7, null) })
      .map(encode),
    fc.record({ iss: fc.constantFrom(ISSUER, 7, null), exp: fc.anything(), sub: fc.anything() }).map(encode),
  );
  const token = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
  );
  await fc.assert(
    fc.asyncProperty(token, async (value) => {
      expect((await verifier().verify(value)).outcome).toBe('invalid');
    }),
    { numRuns: 500 },
  );
});

/** JSON leaves out what it can't say, and refuses bigints and cycles. */
function encode(value: unknown): string {
  try {
    return base64url.encode(JSON.stringify(value));
  } catch {
    return base64url.encode('{}');
  }
}
