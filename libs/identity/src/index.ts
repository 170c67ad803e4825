export type { Credential, CredentialKind, Principal } from './principal';
export type {
  Authentication,
  Authenticator,
  CredentialVerifier,
  Invalid,
  InvalidReason,
  PermissionChecker,
  PermissionQuestion,
  PermissionVerdict,
  Undecidable,
  Valid,
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
