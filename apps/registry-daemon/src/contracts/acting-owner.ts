import { GatewayError } from '@gateway/errors';
import type { Owners } from './owners';

/**
 * Whose something is to be: the caller's own, or another's whom the operator names.
 * @param caller the SPIFFE id of the call's certificate
 * @param named empty: the caller
 * @throws GatewayError
 */
export function actingOwner(caller: string, named: string, owners: Owners): string {
  if (named === '' || named === caller) return caller;
  requireOperator(caller, owners, `act for ${named}`);
  if (!/^spiffe:\/\/[^/\s]+\/\S+$/.test(named))
    throw new GatewayError('GW_BAD_REQUEST', { detail: 'owner: is not a SPIFFE id' });
  return named;
}

/** @param what completes "only the operator may …". @throws GatewayError GW_FORBIDDEN */
export function requireOperator(caller: string, owners: Owners, what: string): void {
  if (!owners.isOperator(caller)) throw new GatewayError('GW_FORBIDDEN', { detail: `only the operator may ${what}` });
}
