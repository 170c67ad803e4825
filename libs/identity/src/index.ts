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
