import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { CachingAuthenticator, RevocationSet, type Authentication, type Credential, type Valid } from './index';

const LIMITS = { validMs: 60_000, invalidMs: 3_000, entries: 2, callMs: 3_000, tokenLifeMs: 1_000_000 };
const token = (value: string): Credential => ({ kind: 'bearer', value });

/** A verifier that answers as the test says, and counts. */
class Verifier {
  asked: string[] = [];
  answer: () => Authentication | Promise<Authentication> = () => invalid;

  verify = async (value: string): Promise<Authentication> => {
    this.asked.push(value);
    return this.answer();
  };
}

const invalid: Authentication = { outcome: 'invalid', reason: 'signature' };

function start() {
  const clock = fakeClock();
  const verifier = new Verifier();
  const revocations = new RevocationSet(clock);
  const authenticator = new CachingAuthenticator({ bearer: verifier }, revocations, clock, LIMITS);
  const valid = (validForMs: number, expiresInMs = validForMs): Valid => ({
    outcome: 'valid',
    principal: {
      subject: 'u-1',
      issuer: 'i',
      sessionId: 's-1',
      scopes: [],
      kind: 'bearer',
      expiresAt: clock.now() + expiresInMs,
    },
    validUntil: clock.now() + validForMs,
  });
  const ask = (value = 'a') => authenticator.authenticate(token(value), 1_000);
  return { clock, verifier, revocations, authenticator, valid, ask };
}

test('a good verdict is remembered, and a known token is answered without a promise', async () => {
  const { clock, verifier, valid, ask } = start();
  verifier.answer = () => valid(600_000);
  const first = await ask();
  expect(first).toMatchObject({ outcome: 'valid', validUntil: clock.now() + LIMITS.validMs });
  expect(ask()).toBe(first);
  clock.advance(LIMITS.validMs);
  await ask();
  expect(verifier.asked).toEqual(['a', 'a']);
});

test.each([
  ['the verdict', (valid: (a: number, b: number) => Valid) => valid(500, 9_000)],
  ['the credential', (valid: (a: number, b: number) => Valid) => valid(9_000, 500)],
])('a verdict ends with %s', async (_name, answer) => {
  const { clock, verifier, valid, ask } = start();
  verifier.answer = () => answer(valid);
  await ask();
  clock.advance(499);
  ask();
  expect(verifier.asked).toHaveLength(1);
  clock.advance(1);
  await ask();
  expect(verifier.asked).toHaveLength(2);
});

test('a bad verdict is remembered for a moment', async () => {
  const { clock, verifier, ask } = start();
  expect(await ask()).toEqual(invalid);
  expect(ask()).toEqual(invalid);
  clock.advance(LIMITS.invalidMs);
  await ask();
  expect(verifier.asked).toHaveLength(2);
});

test('an undecidable one is asked again, while known tokens pass', async () => {
  const { verifier, valid, ask } = start();
  verifier.answer = () => valid(60_000);
  await ask('known');
  verifier.answer = () => ({ outcome: 'undecidable', why: 'down' });
  expect(await ask('unknown')).toEqual({ outcome: 'undecidable', why: 'down' });
  expect(await ask('unknown')).toEqual({ outcome: 'undecidable', why: 'down' });
  expect(ask('known')).toMatchObject({ outcome: 'valid' });
  expect(verifier.asked).toEqual(['known', 'unknown', 'unknown']);
});

test('a flood of bad tokens does not push out a good verdict', async () => {
  const { verifier, valid, ask } = start();
  verifier.answer = () => valid(60_000);
  await ask('good');
  verifier.answer = () => invalid;
  for (let i = 0; i < 10; i++) await ask(`garbage-${i}`);
  expect(ask('good')).toMatchObject({ outcome: 'valid' });
});

test('callers of the same token share one verification', async () => {
  const { verifier, valid, ask } = start();
  verifier.answer = () => valid(60_000);
  const verdicts = await Promise.all([ask(), ask(), ask()]);
  expect(verdicts.map((verdict) => verdict.outcome)).toEqual(['valid', 'valid', 'valid']);
  expect(verifier.asked).toHaveLength(1);
});

test('a caller does not wait longer than it said', async () => {
  const { clock, verifier, ask } = start();
  verifier.answer = () => new Promise<Authentication>(() => {});
  const waiting = ask();
  clock.advance(1_000);
  expect(await waiting).toMatchObject({ outcome: 'undecidable' });
});

test('revoking a session ends remembered verdicts at once', async () => {
  const { clock, verifier, valid, ask, authenticator, revocations } = start();
  verifier.answer = () => valid(60_000);
  await ask();
  authenticator.revoke('s-1');
  expect(ask()).toEqual({ outcome: 'invalid', reason: 'revoked' });
  expect(revocations.inForce()).toEqual([{ sessionId: 's-1', until: clock.now() + LIMITS.tokenLifeMs }]);
});

test('a revocation that arrives while a token is being verified counts', async () => {
  const { clock, verifier, valid, ask, authenticator } = start();
  let answer: (verdict: Authentication) => void = () => {};
  verifier.answer = () => new Promise((resolve) => (answer = resolve));
  const waiting = ask();
  authenticator.revoke('s-1', clock.now() + 60_000);
  answer(valid(60_000));
  expect(await waiting).toEqual({ outcome: 'invalid', reason: 'revoked' });
});

test('a kind of credential that nobody verifies is unsupported', () => {
  const { authenticator } = start();
  expect(authenticator.authenticate({ kind: 'api-key', value: 'k' }, 1_000)).toEqual({
    outcome: 'invalid',
    reason: 'unsupported',
  });
});

test('limits have defaults', async () => {
  const { clock, verifier, valid } = start();
  const authenticator = new CachingAuthenticator({ bearer: verifier }, new RevocationSet(clock), clock);
  verifier.answer = () => valid(600_000);
  expect(await authenticator.authenticate(token('a'), 1_000)).toMatchObject({ validUntil: clock.now() + 60_000 });
});
