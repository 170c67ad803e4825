import { GatewayError } from '@gateway/errors';

/** Why a credential doesn't do (RFC 6750 §3.1). */
export type ChallengeError = 'invalid_request' | 'invalid_token';

const REALM = 'Bearer realm="gateway"';

/**
 * A 401 with its challenge.
 * @param error left out when there was no credential: then nothing is wrong with it (RFC 6750 §3.1)
 * @param detail shown to the caller
 * @param cause for the log
 */
export function unauthenticated(error?: ChallengeError, detail?: string, cause?: unknown): GatewayError {
  const challenge = error === undefined ? REALM : `${REALM}, error="${error}"`;
  return new GatewayError('GW_UNAUTHENTICATED', { detail, cause, headers: ['www-authenticate', challenge] });
}

/** A 403 for a credential without the scopes; RFC 6750 has a challenge for it. */
export function insufficientScope(scopes: readonly string[]): GatewayError {
  const challenge = `${REALM}, error="insufficient_scope", scope="${scopes.join(' ')}"`;
  return new GatewayError('GW_FORBIDDEN', {
    detail: `The credential lacks a scope of: ${scopes.join(' ')}`,
    headers: ['www-authenticate', challenge],
  });
}
