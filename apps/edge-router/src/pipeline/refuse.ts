import { GatewayError } from '@gateway/errors';
import type { RequestContext } from './context';

/** The end of the synthetic route: the refusal that brought the request there. */
export function refuse({ refusal }: RequestContext): never {
  throw refusal ?? new GatewayError('GW_NO_ROUTE');
}
