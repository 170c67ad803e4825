import { GatewayError } from '@gateway/errors';
import { setHeader } from '@gateway/pipeline';
import { offeredSubprotocols } from '../streaming/subprotocol';
import type { RequestContext } from './context';

/** Begins the subprotocol that is a token: it is all that a script in a browser can say in a WebSocket's handshake. */
export const TOKEN_SUBPROTOCOL = 'gateway.bearer.';

const isToken = (name: string): boolean => name.startsWith(TOKEN_SUBPROTOCOL);

/** The tokens among the subprotocols of a handshake. */
export const offeredTokens = ({ headers }: RequestContext): string[] =>
  offeredSubprotocols(headers)
    .filter(isToken)
    .map((name) => name.slice(TOKEN_SUBPROTOCOL.length));

/**
 * Takes the tokens out of a handshake: whoever reads it further down, or answers it, mustn't have them.
 * @throws GatewayError GW_BAD_REQUEST when nothing else is offered: nothing could be chosen, and a browser would break off
 */
export function dropTokens({ headers }: RequestContext): void {
  const offered = offeredSubprotocols(headers);
  const others = offered.filter((name) => !isToken(name));
  if (others.length === offered.length) return;
  if (others.length === 0)
    throw new GatewayError('GW_BAD_REQUEST', {
      detail: 'Sec-WebSocket-Protocol has a token, and nothing to be spoken',
    });
  setHeader(headers, 'sec-websocket-protocol', others.join(', '));
}
