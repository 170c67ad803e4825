import { GatewayError } from '@gateway/errors';
import { getHeaders, type HeaderList } from '@gateway/pipeline';

/** The name of what is spoken: a text frame is a message of the method, in protobuf's JSON. */
export const JSON_MESSAGES = 'gateway.json.v1';

/** A token (RFC 9110 §5.6.2), as each subprotocol's name is (RFC 6455 §4.1). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What a client offers to speak, the most wanted first. @param headers of the handshake */
export const offeredSubprotocols = (headers: HeaderList): string[] =>
  getHeaders(headers, 'sec-websocket-protocol').flatMap((field) => field.split(',').map(trimmed));

/** Without optional white space. */
const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

/**
 * The subprotocol for a client (RFC 6455 §4.2.2); null: it offers none, and JSON is what there is. A browser breaks off when
 * it isn't given one of those that it offered: it is told before what there is.
 * @param headers of the handshake
 * @throws GatewayError GW_BAD_REQUEST when none of them is ours, or they aren't names, each another one
 */
export function chosenSubprotocol(headers: HeaderList): string | null {
  const offered = offeredSubprotocols(headers);
  if (offered.length === 0) return null;
  if (!offered.every((name) => NAME.test(name)) || new Set(offered).size < offered.length)
    throw new GatewayError('GW_BAD_REQUEST', { detail: 'Sec-WebSocket-Protocol is malformed' });
  if (offered.includes(JSON_MESSAGES)) return JSON_MESSAGES;
  const detail = `Sec-WebSocket-Protocol offers none that is spoken here: offer ${JSON_MESSAGES}, or none`;
  throw new GatewayError('GW_BAD_REQUEST', { detail });
}
