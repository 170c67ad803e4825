import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { peerOfSocket } from '@gateway/mtls';

/** Where a connection comes from, as far as it can be believed. */
export interface Forwarded {
  /** Address of the client; of the last proxy when none is trusted. */
  readonly clientAddress: string;
  /** Host that the client asked for. */
  readonly host: string;
  /** Id that the edge gave to the request; empty: none. */
  readonly requestId: string;
}

const first = (value: string | string[] | undefined): string =>
  String(value ?? '')
    .split(',', 1)[0]!
    .trim();

/**
 * Where a request comes from. `x-forwarded-*` and `x-request-id` are believed only when the connection's certificate is a
 * trusted proxy's: anybody else may write what he likes into them.
 * @param trusted names of identities
 */
export function forwardedBy({ socket, headers }: IncomingMessage, trusted: readonly string[]): Forwarded {
  const direct = { clientAddress: socket.remoteAddress ?? '', host: headers.host ?? '', requestId: '' };
  const peer = socket instanceof TLSSocket ? peerOfSocket(socket) : null;
  if (peer === null || !trusted.includes(peer.name)) return direct;
  return {
    clientAddress: first(headers['x-forwarded-for']) || direct.clientAddress,
    host: first(headers['x-forwarded-host']) || direct.host,
    requestId: first(headers['x-request-id']),
  };
}
