export { isIdentifier, type Credential, type CredentialKind, type Principal } from './principal';
export {
  invalid,
  undecidable,
  type Authentication,
  type Authenticator,
  type CredentialVerifier,
  type Invalid,
  type InvalidReason,
  type PermissionChecker,
  type PermissionQuestion,
  type PermissionVerdict,
  type Undecidable,
  type Valid,
} from './authentication';
export { MAX_API_KEY_LENGTH, MAX_TOKEN_LENGTH, readCredential, type CredentialReading } from './credential';
export { createAuthClient, type AuthClient, type AuthClientOptions } from './auth-client';
export type { FeedState } from './revocation-feed';
export { createStandaloneAuthenticator } from './standalone';
export { issuersFrom, issuersSchema, type IssuerConfig, type JwksFetcher } from './issuers';
export { fetchJwksOverHttp } from './fetch-jwks';
export { ALGORITHMS, JwtVerifier, peekToken, type Algorithm, type JwtIssuer } from './jwt-verifier';
export { staticKeys, type KeyHint, type KeyLookup, type KeySource } from './key-source';
export { FetchedKeys, KEY_AGES, type KeyAges } from './fetched-keys';
export { CachingAuthenticator, VERDICT_LIMITS, type VerdictLimits } from './caching-authenticator';
export {
  CachingPermissions,
  PERMISSION_LIMITS,
  type PermissionAnswer,
  type PermissionLimits,
  type PermissionSource,
} from './caching-permissions';
export { MAX_REVOCATIONS, RevocationSet, type Revocation } from './revocations';
