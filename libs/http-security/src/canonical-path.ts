import { GatewayError } from '@gateway/errors';

/** A request target in the one form that routing, authorization, cache and upstream see. */
export interface CanonicalTarget {
  /** Starts with a slash; has no dot segments, no empty segments but a last one, and no escape that isn't needed. */
  readonly path: string;
  /** Without the question mark; as it came. Empty when there was none. */
  readonly query: string;
}

/** A path that already is canonical: nearly every one. No `%`, `//`, or segment that begins with a dot. */
const ALREADY_CANONICAL = /^(?:\/(?!\/|\.)[A-Za-z0-9\-._~!$&'()*+,;=:@]*)+$/;
/** Characters that a query may have; browsers leave some there that RFC 3986 would escape. */
const QUERY = /^[\x21\x22\x24-\x7e]*$/;
/** Characters that RFC 3986 allows in a path segment as they are. */
const SEGMENT_CHARACTER = /[A-Za-z0-9\-._~!$&'()*+,;=:@]/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
/** Visible characters that browsers send unescaped; all others (controls, space, backslash, non-ASCII) are refused. */
const TOLERATED = /["<>[\]^`{|}]/;

/**
 * The canonical form of a request target (RFC 3986 §6.2.2): escapes of unreserved characters decoded, the others in
 * upper case, `//` merged, dot segments resolved. Applying it to its own result changes nothing.
 *
 * Refused is what two parties could read differently: escaped control characters, broken escapes, `..` above the root,
 * `..;` (a parent folder to servlet containers). Escaped slashes stay escaped: whoever forwards the path refuses them
 * ({@link hasEscapedSlash}).
 * @param target in origin form: path and query
 * @throws GatewayError GW_BAD_REQUEST
 */
export function canonicalPath(target: string): CanonicalTarget {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  if (!QUERY.test(query)) throw refused('The query has a character that must be escaped');
  return { path: ALREADY_CANONICAL.test(path) ? path : normalize(path), query };
}

/**
 * Whether a canonical path has an escaped slash or backslash. It is part of a value to us, and a separator to servers that
 * decode the whole path first.
 */
export const hasEscapedSlash = (path: string): boolean => path.includes('%') && /%(?:2F|5C)/.test(path);

function normalize(path: string): string {
  if (!path.startsWith('/')) throw refused('The path does not begin with a slash');
  const resolved: string[] = [];
  const segments = path.slice(1).split('/').map(normalizeSegment);
  segments.forEach((segment) => append(resolved, segment));
  // A path that ends in a dot segment or a slash names a folder.
  if (['', '.', '..'].includes(segments.at(-1)!)) resolved.push('');
  return `/${resolved.join('/')}`;
}

function append(resolved: string[], segment: string): void {
  if (/^\.{1,2};/.test(segment)) throw refused('A dot segment has parameters');
  if (segment === '..' && resolved.pop() === undefined) throw refused('The path leaves the root');
  if (segment !== '' && segment !== '.' && segment !== '..') resolved.push(segment);
}

function normalizeSegment(segment: string): string {
  let normalized = '';
  for (let i = 0; i < segment.length; i++) {
    const character = segment[i]!;
    if (character === '%') {
      normalized += normalizeEscape(segment.slice(i + 1, i + 3));
      i += 2;
    } else normalized += normalizeCharacter(character);
  }
  return normalized;
}

function normalizeCharacter(character: string): string {
  if (SEGMENT_CHARACTER.test(character)) return character;
  if (TOLERATED.test(character)) return escape(character.charCodeAt(0));
  throw refused('The path has a character that must be escaped');
}

function normalizeEscape(digits: string): string {
  if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw refused('The path has a broken percent escape');
  const byte = Number.parseInt(digits, 16);
  const character = String.fromCharCode(byte);
  if (byte < 0x20 || byte === 0x7f) throw refused('The path has an escaped control character');
  return UNRESERVED.test(character) ? character : escape(byte);
}

const escape = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

const refused = (detail: string): GatewayError => new GatewayError('GW_BAD_REQUEST', { detail });
