import type { Metadata } from '@grpc/grpc-js';
import { GatewayError } from '@gateway/errors';
import { spiffeIdFor } from '@gateway/mtls';
import { type AuthenticatedCall, peerOf } from '@gateway/platform';

/** What a user needs to operate the registry through the gateway. */
export const ADMIN_SCOPE = 'registry:admin';

const GATEWAY = spiffeIdFor('edge-router');
const OPERATOR = spiffeIdFor('operator');

/**
 * Whom a call counts as: the certificate's identity; or the operator, when the gateway calls for a user who has the scope.
 * What the metadata say of a user is believed of the gateway alone.
 * @throws GatewayError GW_FORBIDDEN when the user hasn't
 */
export function callerOf(call: AuthenticatedCall, metadata: Metadata): string {
  const { spiffeId } = peerOf(call);
  return isForUser(spiffeId, metadata) ? operatorFor(metadata) : spiffeId;
}

/**
 * As `callerOf`, for calls that make something the caller's own. A user of the gateway owns nothing, and says whose it is to be.
 * @throws GatewayError GW_BAD_REQUEST when a user doesn't
 */
export function claimantOf(call: AuthenticatedCall, metadata: Metadata, owner: string): string {
  const caller = callerOf(call, metadata);
  if (owner === '' && isForUser(peerOf(call).spiffeId, metadata))
    throw new GatewayError('GW_BAD_REQUEST', {
      detail: 'owner: must be the SPIFFE id that the instances’ certificates carry',
    });
  return caller;
}

const isForUser = (spiffeId: string, metadata: Metadata): boolean =>
  spiffeId === GATEWAY && metadata.get('x-user-id').length > 0;

function operatorFor(metadata: Metadata): string {
  const scopes = metadata.get('x-user-scopes').flatMap((value) => String(value).split(' '));
  if (!scopes.includes(ADMIN_SCOPE))
    throw new GatewayError('GW_FORBIDDEN', { detail: `the scope ${ADMIN_SCOPE} is needed` });
  return OPERATOR;
}
