import { type ChannelCredentials, experimental } from '@grpc/grpc-js';
import type { Clock } from '@gateway/clock';
import { FolderCertificates } from './folder-certificates';
import { serviceNameIn, spiffeIdIn } from './spiffe-id';

/**
 * Mutual TLS with the certificate of a folder (cert.pem, key.pem, ca.pem), to the server of one SPIFFE id. New files are
 * used for the next connections.
 * @throws Error when the folder can't be used
 */
export function folderCredentials(folder: string, expect: string, clock: Clock): ChannelCredentials {
  const made = chainCredentials(folder, clock, (id) =>
    id === expect ? null : `${id ?? 'a server without an identity'} answers, ${expect} is expected`,
  );
  return namingServer(made, () => serviceNameIn(expect));
}

/** Mutual TLS that leaves to `object` which of the CA's identities may answer: null, or what is wrong with it. */
export function chainCredentials(
  folder: string,
  clock: Clock,
  object: (spiffeId: string | null) => string | null,
): ChannelCredentials {
  const certificates = new FolderCertificates(folder, clock);
  return experimental.createCertificateProviderChannelCredentials(certificates, certificates, {
    checkServerIdentity: (_host, { subjectaltname }) => {
      const wrong = object(spiffeIdIn(subjectaltname));
      return wrong === null ? undefined : new Error(wrong);
    },
  });
}

/**
 * Has the credentials' connections ask for a name in the handshake (SNI): grpc-js asks for the target's host, which
 * Node refuses when that is an IP address.
 * @param nameOf the name for a channel's target
 */
export function namingServer(credentials: ChannelCredentials, nameOf: (path: string) => string): ChannelCredentials {
  const connect = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (target, options, callCredentials) =>
    connect(target, { ...options, 'grpc.ssl_target_name_override': nameOf(target.path) }, callCredentials);
  return credentials;
}
