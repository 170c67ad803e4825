import { randomUUID } from 'node:crypto';
import type { Clock } from '@gateway/clock';
import { JwtVerifier, staticKeys, type Authentication } from '@gateway/identity';
import { SignJWT } from 'jose';
import type { Account } from './accounts';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key';

/** What access tokens say. */
export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Life of an access token, in ms. */
  readonly lifeMs: number;
}

/** Makes and verifies access tokens (RFC 9068). */
export class Tokens {
  readonly #verifier: JwtVerifier;

  constructor(
    private readonly key: SigningKey,
    private readonly settings: TokenSettings,
    private readonly clock: Clock,
  ) {
    const { issuer, audience, lifeMs } = settings;
    const keys = staticKeys(key.publicKeys);
    const accepted = { issuer, audience: [audience], algorithms: [SIGNING_ALGORITHM] as const, keys };
    this.#verifier = new JwtVerifier([{ ...accepted, clockSkewMs: 0, maxLifetimeMs: lifeMs + 1_000 }], clock);
  }

  /** Seconds that an access token lives. */
  get expiresIn(): number {
    return Math.floor(this.settings.lifeMs / 1000);
  }

  /** The public keys, as a JSON Web Key Set. */
  get jwks(): string {
    return JSON.stringify(this.key.publicKeys);
  }

  issue(account: Account, sessionId: string): Promise<string> {
    const now = Math.floor(this.clock.now() / 1000);
    return new SignJWT({ sid: sessionId, scope: account.scopes.join(' ') })
      .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: this.key.keyId, typ: 'at+jwt' })
      .setIssuer(this.settings.issuer)
      .setAudience(this.settings.audience)
      .setSubject(account.id)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + this.expiresIn)
      .sign(this.key.privateKey);
  }

  verify(token: string): Promise<Authentication> {
    return this.#verifier.verify(token);
  }
}
