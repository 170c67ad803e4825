/** How a caller proves who it is. */
export type CredentialKind = 'bearer' | 'api-key';

/** What a caller presented, not yet verified. */
export interface Credential {
  readonly kind: CredentialKind;
  /** The token or key itself: a secret. */
  readonly value: string;
}

/** A verified caller. */
export interface Principal {
  /** The stable id of the user or service: 1 to 255 visible ASCII characters, so that it fits a header. */
  readonly subject: string;
  readonly issuer: string;
  /** The session that a logout ends; empty when the credential has none. */
  readonly sessionId: string;
  readonly scopes: readonly string[];
  readonly kind: CredentialKind;
  /** When the credential itself ends, in milliseconds since the epoch; Infinity when it doesn't. */
  readonly expiresAt: number;
}

/** OpenID Connect Core §2: a subject has at most 255 ASCII characters. Visible ones, because it becomes a header. */
const IDENTIFIER = /^[\x21-\x7e]{1,255}$/;

/** Whether a value can be a subject or a session id. */
export const isIdentifier = (value: unknown): value is string => typeof value === 'string' && IDENTIFIER.test(value);
