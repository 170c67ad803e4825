import type { Clock } from '@gateway/clock';
import type { Authenticator } from './authentication';
import { CachingAuthenticator, VERDICT_LIMITS } from './caching-authenticator';
import { fetchJwksOverHttp } from './fetch-jwks';
import { issuersFrom, type IssuerConfig } from './issuers';
import { JwtVerifier } from './jwt-verifier';
import { RevocationSet } from './revocations';

/**
 * Verifies tokens without an auth-proxy: what an edge does when `GATEWAY_AUTH` isn't set.
 * @param issuers the parsed `GATEWAY_ISSUERS`
 */
export function createStandaloneAuthenticator(issuers: readonly IssuerConfig[], clock: Clock): Authenticator {
  const verifier = new JwtVerifier(issuersFrom(issuers, clock, fetchJwksOverHttp), clock);
  // A revocation must outlive every token that the issuers may make.
  const tokenLifeMs = Math.max(VERDICT_LIMITS.tokenLifeMs, ...issuers.map((each) => each.maxLifetimeSeconds * 1000));
  return new CachingAuthenticator({ bearer: verifier }, new RevocationSet(clock), clock, { tokenLifeMs });
}
