import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { spiffeIdIn } from '../identity/spiffe-id';
import { serviceIn } from './gateway-resolver';
import { addressKey } from './instance-addresses';

/** Who may answer for a service at an address; undefined: nobody. */
export type OwnersAt = (service: string, address: string) => ReadonlySet<string> | undefined;

/**
 * Has the credentials accept a connection only if its certificate is that of the owner of the instance at that address:
 * the registry says who that is, a service may have several.
 */
export function checkingOwner(credentials: ChannelCredentials, ownersAt: OwnersAt): ChannelCredentials {
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (target, options, callCredentials) => {
    const connector = create(target, options, callCredentials);
    const connect = connector.connect.bind(connector);
    connector.connect = async (socket: Socket) => {
      const address = addressKey(socket.remoteAddress, socket.remotePort);
      const connected = await connect(socket);
      const wrong = objection(connected.socket as TLSSocket, ownersAt(serviceIn(target), address));
      if (wrong === null) return connected;
      connected.socket.destroy();
      throw new Error(wrong);
    };
    return connector;
  };
  return credentials;
}

function objection(socket: TLSSocket, owners: ReadonlySet<string> | undefined): string | null {
  const id = spiffeIdIn(socket.getPeerCertificate().subjectaltname);
  if (id !== null && owners?.has(id)) return null;
  return `${id ?? 'a server without an identity'} answers, ${[...(owners ?? [])].join(' or ') || 'nobody'} is expected`;
}
