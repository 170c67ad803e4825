import type { Clock } from '@gateway/clock';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type CryptoKey, type JWTPayload } from 'jose';
import {
  invalid,
  undecidable,
  type Authentication,
  type CredentialVerifier,
  type InvalidReason,
} from './authentication';
import { MAX_TOKEN_LENGTH } from './credential';
import type { KeySource } from './key-source';
import { readClaims } from './token-claims';

/** Signature algorithms with public keys. Never `none`, and never HS*: a public key must not serve as a shared secret. */
export const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/** An issuer whose tokens are accepted. */
export interface JwtIssuer {
  /** Equal to the tokens' `iss`. */
  readonly issuer: string;
  /** One of them must be among the tokens' `aud`. */
  readonly audience: readonly string[];
  readonly algorithms: readonly Algorithm[];
  readonly keys: KeySource;
  /** How far clocks may differ, in ms. */
  readonly clockSkewMs: number;
  /** Longest life of a token, in ms: revocations are remembered that long, so no token may outlive it. */
  readonly maxLifetimeMs: number;
}

/** RFC 8725 §3.11: a token made for something else, such as `logout+jwt`, is no access token. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

interface UnverifiedToken {
  readonly alg?: string;
  readonly kid?: string;
  readonly typ?: unknown;
  readonly issuer?: string;
}

/** What a token says of itself, unverified: enough to choose who verifies it. Null when it's no JWT. Never throws. */
export function peekToken(token: string): UnverifiedToken | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  try {
    const { alg, kid, typ } = decodeProtectedHeader(token);
    return { alg, kid, typ, issuer: decodeJwt(token).iss };
  } catch {
    return null;
  }
}

/** Why jose refused a token. What isn't one of its errors stems from the token's own shape. */
function reasonOf(error: unknown): InvalidReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'malformed';
  if (error.claim === 'nbf') return 'not-yet-valid';
  return error.claim === 'aud' ? 'audience' : 'claims';
}

/** Verifies JSON Web Tokens (RFC 7519) of known issuers, as RFC 8725 advises. */
export class JwtVerifier implements CredentialVerifier {
  private readonly issuers: ReadonlyMap<string, JwtIssuer>;

  constructor(
    issuers: readonly JwtIssuer[],
    private readonly clock: Clock,
  ) {
    this.issuers = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  }

  async verify(token: string): Promise<Authentication> {
    const peeked = peekToken(token);
    if (peeked === null) return invalid('malformed');
    const issuer = this.issuers.get(peeked.issuer ?? '');
    if (issuer === undefined) return invalid('issuer');
    if (!isAccessToken(peeked.typ)) return invalid('type');
    const alg = issuer.algorithms.find((each) => each === peeked.alg);
    if (alg === undefined) return invalid('algorithm');
    const lookup = await issuer.keys.find({ alg, kid: peeked.kid });
    if (lookup.found === 'unavailable') return undecidable(`${issuer.issuer}: ${lookup.why}`);
    return lookup.found === 'none' ? invalid('key') : this.verifyWith(issuer, lookup.key, token);
  }

  private async verifyWith(issuer: JwtIssuer, key: CryptoKey, token: string): Promise<Authentication> {
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer: issuer.issuer,
        audience: [...issuer.audience],
        algorithms: [...issuer.algorithms],
        requiredClaims: ['exp', 'sub'],
        clockTolerance: issuer.clockSkewMs / 1000,
        currentDate: new Date(this.clock.now()),
      });
      return this.verdictOf(issuer, payload);
    } catch (error) {
      return invalid(reasonOf(error));
    }
  }

  private verdictOf(issuer: JwtIssuer, payload: JWTPayload): Authentication {
    const now = this.clock.now();
    const claims = readClaims(payload);
    if (claims === null) return invalid('claims');
    const issuedAt = (payload.iat ?? now / 1000) * 1000;
    if (issuedAt > now + issuer.clockSkewMs) return invalid('not-yet-valid');
    // The skew was granted at the end of the life too: that is until when the token is accepted.
    const expiresAt = claims.expiresAt + issuer.clockSkewMs;
    if (expiresAt - Math.min(issuedAt, now) > issuer.maxLifetimeMs) return invalid('lifetime');
    const { subject, sessionId, scopes } = claims;
    const principal = { subject, issuer: issuer.issuer, sessionId, scopes, kind: 'bearer', expiresAt } as const;
    return { outcome: 'valid', principal, validUntil: expiresAt };
  }
}

const isAccessToken = (typ: unknown): boolean =>
  typ === undefined || (typeof typ === 'string' && TYPES.has(typ.toLowerCase()));
