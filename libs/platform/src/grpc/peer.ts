import { GatewayError } from '@gateway/errors';
import { peerFor, spiffeIdOf, type Peer, type PeerCertificateNames } from '@gateway/mtls';

/** What tells who calls: every grpc-js server call, and every interceptor's call. */
export interface AuthenticatedCall {
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificateNames };
}

/**
 * Who made a gRPC call, from its verified certificate. In a handler: `getProject(request, metadata, call)`, `peerOf(call)`.
 * @throws GatewayError GW_FORBIDDEN when the certificate of our CA names no service
 */
export function peerOf(call: AuthenticatedCall): Peer {
  const spiffeId = spiffeIdOf(call.getAuthContext().sslPeerCertificate);
  if (spiffeId === null) throw new GatewayError('GW_FORBIDDEN', { detail: 'the certificate names no service' });
  return peerFor(spiffeId);
}
