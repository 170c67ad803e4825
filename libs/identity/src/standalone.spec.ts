import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createStandaloneAuthenticator, issuersSchema } from './index';

test('verifies tokens of the configured issuers and honours revocations for their longest life', async () => {
  const clock = fakeClock();
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const twoDays = 2 * 86_400;
  const issuers = issuersSchema.parse([
    { issuer: 'i', audience: 'gateway', jwks: { keys: [await exportJWK(publicKey)] }, maxLifetimeSeconds: twoDays },
  ]);
  const authenticator = createStandaloneAuthenticator(issuers, clock);
  const value = await new SignJWT({
    iss: 'i',
    aud: 'gateway',
    sub: 'u-1',
    sid: 's-1',
    exp: clock.now() / 1000 + twoDays - 60,
  })
    .setProtectedHeader({ alg: 'EdDSA' })
    .sign(privateKey);
  const ask = () => authenticator.authenticate({ kind: 'bearer', value }, 1_000);
  expect(await ask()).toMatchObject({ outcome: 'valid' });
  authenticator.revoke('s-1');
  expect(ask()).toEqual({ outcome: 'invalid', reason: 'revoked' });
  clock.advance((twoDays - 120) * 1000);
  expect(await ask()).toEqual({ outcome: 'invalid', reason: 'revoked' });
});
