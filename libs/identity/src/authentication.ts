import type { Credential, Principal } from './principal';

/** Why a credential is not valid. For logs and metrics; a caller is told no more than that it isn't. */
export type InvalidReason =
  | 'malformed'
  | 'unsupported'
  | 'issuer'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'lifetime'
  | 'claims'
  | 'revoked'
  | 'refused';

/** The credential is good, and the verdict may be reused until `validUntil` (milliseconds since the epoch). */
export interface Valid {
  readonly outcome: 'valid';
  readonly principal: Principal;
  readonly validUntil: number;
}

/** The credential is not good: 401. */
export interface Invalid {
  readonly outcome: 'invalid';
  readonly reason: InvalidReason;
}

/** It can't be decided now, because what has to be asked doesn't answer: 503, never 401. */
export interface Undecidable {
  readonly outcome: 'undecidable';
  /** What failed, for the log. */
  readonly why: string;
}

/** The verdict about a credential. */
export type Authentication = Valid | Invalid | Undecidable;

export const invalid = (reason: InvalidReason): Invalid => ({ outcome: 'invalid', reason });

export const undecidable = (why: string): Undecidable => ({ outcome: 'undecidable', why });

/** Verifies credentials of one kind. Doesn't throw or reject: what goes wrong is an outcome. */
export interface CredentialVerifier {
  /** @param timeoutMs how long whoever has to be asked may take */
  verify(value: string, timeoutMs: number): Promise<Authentication>;
}

/** Tells who a caller is, remembering verdicts. Doesn't throw or reject. */
export interface Authenticator {
  /**
   * @param timeoutMs how long the caller waits; afterwards the outcome is `undecidable`
   * @returns the verdict itself when it is known, so that a known token costs no promise
   */
  authenticate(credential: Credential, timeoutMs: number): Authentication | Promise<Authentication>;
  /**
   * Ends a session: from now on its credentials are invalid (`revoked`), remembered verdicts included.
   * @param until when no credential of the session lives any more, in milliseconds since the epoch; default: the
   *   longest life of a token from now
   */
  revoke(sessionId: string, until?: number): void;
}

/** Whether a subject may do something: `denied` is 403, `undecidable` 503. */
export type PermissionVerdict = { readonly outcome: 'allowed' | 'denied' } | Undecidable;

/** Who wants to do what to which resource. */
export interface PermissionQuestion {
  readonly subject: string;
  /** Such as "project:read". */
  readonly permission: string;
  /** Such as "p1". */
  readonly resource: string;
}

/** Answers permission questions, remembering verdicts. Doesn't throw or reject. */
export interface PermissionChecker {
  /** @param timeoutMs how long the caller waits; afterwards the outcome is `undecidable` */
  checkPermission(question: PermissionQuestion, timeoutMs: number): PermissionVerdict | Promise<PermissionVerdict>;
}
