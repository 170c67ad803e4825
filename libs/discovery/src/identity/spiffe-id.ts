/** A SPIFFE id with at least one path segment (SPIFFE-ID, sections 2.1 and 2.2). */
const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+)+$/;

/**
 * The SPIFFE id of a verified certificate; null when it has none, or more than one URI: an X509-SVID has exactly one
 * (X509-SVID, section 2).
 * @param names Node's `subjectaltname`. It quotes values with special characters: one that has any is nobody's, so that
 * no name can pass for two.
 */
export function spiffeIdIn(names: string | undefined): string | null {
  if (names === undefined || names.includes('"')) return null;
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'));
  const id = uris[0]?.slice('URI:'.length);
  return uris.length === 1 && id !== undefined && SPIFFE_ID.test(id) ? id : null;
}

/** The last segment of a SPIFFE id: the service's name. */
export const serviceNameIn = (spiffeId: string): string => spiffeId.slice(spiffeId.lastIndexOf('/') + 1);
