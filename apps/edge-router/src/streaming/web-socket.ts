import { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError } from '@gateway/errors';
import { getHeader, type HeaderList } from '@gateway/pipeline';
import { type WebSocket, WebSocketServer } from 'ws';
import { socketPair } from './socket-pair';
import { chosenSubprotocol } from './subprotocol';

/** A WebSocket that is open on our side; the client is at the other end of the tunnel. */
export interface AcceptedSocket {
  readonly socket: WebSocket;
  /** To be joined with the client's connection. */
  readonly tunnel: Duplex;
  /** Fields of the 101. */
  readonly headers: HeaderList;
}

/** RFC 6455 §4.2.1: 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

const ACCEPT = /\r\nsec-websocket-accept: ([^\r]+)\r\n/i;

/** Takes WebSockets of one kind. */
export class SocketServer {
  private readonly server: WebSocketServer;

  /** @param maxMessageBytes a larger message is answered with close code 1009 */
  constructor(maxMessageBytes: number) {
    // A compressed message costs far more memory than it has bytes, for as long as the connection lasts.
    const options = { perMessageDeflate: false, clientTracking: false };
    this.server = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, ...options });
  }

  /**
   * Answers a handshake (RFC 6455 §4.2).
   * @param headers of the request
   * @throws GatewayError GW_BAD_REQUEST, also when none of the subprotocols that are offered is ours; GW_UPGRADE_REQUIRED for another version of the protocol
   */
  accept(headers: HeaderList): AcceptedSocket {
    const request = handshakeOf(headers);
    const subprotocol = chosenSubprotocol(headers);
    const [ours, tunnel] = socketPair();
    let socket!: WebSocket;
    // At once: everything that the library checks has been checked.
    this.server.handleUpgrade(request, ours as never, Buffer.alloc(0), (accepted) => (socket = accepted));
    // The head that was just written is the engine's to send.
    const head = String(tunnel.read());
    const accepted = ['sec-websocket-accept', ACCEPT.exec(head)![1]!];
    if (subprotocol !== null) accepted.push('sec-websocket-protocol', subprotocol);
    return { socket, tunnel, headers: accepted };
  }
}

/** What the library reads of a request. Offers of extensions aren't taken up, those of subprotocols not by the library. */
function handshakeOf(headers: HeaderList): IncomingMessage {
  const key = getHeader(headers, 'sec-websocket-key') ?? '';
  if (!KEY.test(key)) throw new GatewayError('GW_BAD_REQUEST', { detail: 'Sec-WebSocket-Key is malformed' });
  if (getHeader(headers, 'sec-websocket-version') !== VERSION)
    throw new GatewayError('GW_UPGRADE_REQUIRED', { headers: ['sec-websocket-version', VERSION] });
  const request = { method: 'GET', headers: { upgrade: 'websocket' } as Record<string, string> };
  request.headers['sec-websocket-key'] = key;
  request.headers['sec-websocket-version'] = VERSION;
  return request as unknown as IncomingMessage;
}
