/** The platform's SPIFFE trust domain. */
export const TRUST_DOMAIN = 'gateway.local';

/** The SPIFFE id of a service of the platform: `spiffe://gateway.local/edge-router`. */
export const spiffeIdFor = (name: string): string => `spiffe://${TRUST_DOMAIN}/${name}`;

/** A SPIFFE id with at least one path segment (SPIFFE-ID, sections 2.1 and 2.2). */
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+)+$/;
/** One entry of Node's `subjectaltname`: values with special characters are JSON strings. */
const SAN_ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/** What Node's `getPeerCertificate()` and grpc-js' auth context give. */
export interface PeerCertificateNames {
  readonly subjectaltname?: string;
}

/**
 * The SPIFFE id of a peer's certificate; null when it has none. A certificate with more than one URI is nobody's: an
 * X509-SVID has exactly one (X509-SVID, section 2).
 * The caller must know that the certificate was verified: see `peerOfSocket`.
 */
export function spiffeIdOf(certificate: PeerCertificateNames | null | undefined): string | null {
  const uris = urisIn(certificate?.subjectaltname ?? '');
  const [id] = uris;
  return uris.length === 1 && id !== undefined && SPIFFE_ID.test(id) ? id : null;
}

/** The last segment of a SPIFFE id: the service's name. */
export const serviceNameOf = (spiffeId: string): string => spiffeId.slice(spiffeId.lastIndexOf('/') + 1);

function urisIn(subjectAltName: string): string[] {
  const uris: string[] = [];
  SAN_ENTRY.lastIndex = 0;
  while (SAN_ENTRY.lastIndex < subjectAltName.length) {
    const entry = SAN_ENTRY.exec(subjectAltName);
    // What can't be read as a whole is not trusted in part.
    if (entry === null) return [];
    if (entry[1] === 'URI') uris.push(entry[2]!);
  }
  return uris;
}
