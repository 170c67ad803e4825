import { GatewayError } from '@gateway/errors';

/** Why a credential doesn't do (RFC 6750 §3.1). */
export type ChallengeError = 'invalid_request' | 'invalid_token';

/** What a 401 asks for when nothing more is to be said. */
export const BEARER_CHALLENGE = 'Bearer realm="gateway"';

/**
 * A 401 with its challenge.
 * @param error left out when there was no credential: then nothing is wrong with it (RFC 6750 §3.1)
 * @param detail shown to the caller
 * @param cause for the log
 */
export function unauthenticated(error?: ChallengeError, detail?: string, cause?: unknown): GatewayError {
  const challenge = error === undefined ? BEARER_CHALLENGE : `${BEARER_CHALLENGE}, error="${error}"`;
  return new GatewayError('GW_UNAUTHENTICATED', { detail, cause, headers: ['www-authenticate', challenge] });
}

/** A 403 for a credential without the scopes; RFC 6750 has a challenge for it. */
export function insufficientScope(scopes: readonly string[]): GatewayError {
  const challenge = `${BEARER_CHALLENGE}, error="insufficient_scope", scope="${scopes.join(' ')}"`;
  return new GatewayError('GW_FORBIDDEN', {
    detail: `The credential lacks a scope of: ${scopes.join(' ')}`,
    headers: ['www-authenticate', challenge],
  });
}
