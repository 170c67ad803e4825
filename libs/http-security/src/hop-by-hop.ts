import { filterHeaders, listValues, type HeaderList } from './headers';

/** Fields of one connection, never of a message that is forwarded (RFC 9110 §7.6.1, and what predates it). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * Fields that `Connection` can't take away: a client that names them would otherwise change where a message goes or
 * where it ends.
 */
const END_TO_END = new Set(['host', 'content-length']);

/**
 * The fields of a message that may be forwarded: without the hop-by-hop ones and without those that `Connection` names.
 * Applies to requests and responses alike. Call it before adding fields of one's own, so that nobody outside can name
 * them in `Connection`.
 */
export function removeHopByHop(headers: HeaderList): HeaderList {
  const named = listValues(headers, 'connection').map((name) => name.toLowerCase());
  if (named.length === 0) return filterHeaders(headers, (name) => !HOP_BY_HOP.has(name));
  const dropped = new Set(named.filter((name) => !END_TO_END.has(name)));
  return filterHeaders(headers, (name) => !HOP_BY_HOP.has(name) && !dropped.has(name));
}
