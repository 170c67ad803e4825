import type { TLSSocket } from 'node:tls';
import { serviceNameOf, spiffeIdOf, type PeerCertificateNames } from './spiffe';

/** Who is at the other end. */
export interface Peer {
  readonly spiffeId: string;
  /** The last segment of the SPIFFE id. */
  readonly name: string;
}

/** The peer that a SPIFFE id names. */
export const peerFor = (spiffeId: string): Peer => ({ spiffeId, name: serviceNameOf(spiffeId) });

/**
 * Who connected, on a listener made with `clientCert: 'required' | 'optional'`. Null when the client showed no
 * certificate, or one that isn't our CA's (an optional one doesn't end the handshake): then it is nobody.
 */
export function peerOfSocket(socket: Pick<TLSSocket, 'authorized' | 'getPeerCertificate'>): Peer | null {
  const spiffeId = socket.authorized ? spiffeIdOf(socket.getPeerCertificate()) : null;
  return spiffeId === null ? null : peerFor(spiffeId);
}

/**
 * The check of a server's certificate that replaces the host name check: who answers must be `expect`, wherever it runs.
 * The chain has been verified when it is called.
 */
export const expectServer =
  (expect: string) =>
  (_host: string, certificate: PeerCertificateNames): Error | undefined => {
    const found = spiffeIdOf(certificate);
    return found === expect ? undefined : new Error(`expected ${expect}, but ${found ?? 'nobody known'} answered`);
  };
