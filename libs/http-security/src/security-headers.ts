import type { HeaderList } from './headers';

/** What the block of a route depends on. */
export interface SecurityHeadersOptions {
  /** Whether the client came over TLS: HSTS means nothing, and must not be sent, without it (RFC 6797 §7.2). */
  readonly https: boolean;
  /** Whether the response is for one caller only, as behind a credential: nothing may store it unless it says so itself. */
  readonly personal: boolean;
  /** By lower-case name; an empty value removes one, another name adds one. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** One year, in seconds: what the preload lists ask for at least. */
const HSTS_MAX_AGE = 31_536_000;

const ALWAYS: Readonly<Record<string, string>> = {
  // A browser must not guess that an upload is a script.
  'x-content-type-options': 'nosniff',
  // URLs of an API may have identifiers in them.
  'referrer-policy': 'no-referrer',
  // Against clickjacking; a proxied site may still frame its own pages.
  'x-frame-options': 'SAMEORIGIN',
};

/**
 * The security headers of a route, to be built once when its policy is compiled. No `content-security-policy`: one that
 * fits an API breaks every proxied page, so that is the route's to say.
 */
export function securityHeaders(options: SecurityHeadersOptions): HeaderList {
  const fields: Record<string, string> = { ...ALWAYS };
  if (options.https) fields['strict-transport-security'] = `max-age=${HSTS_MAX_AGE}`;
  if (options.personal) fields['cache-control'] = 'no-store';
  Object.assign(fields, options.overrides);
  return Object.entries(fields).flatMap(([name, value]) => (value === '' ? [] : [name, value]));
}

/** Adds the fields that the response doesn't have. The upstream's own word wins: it knows its pages. */
export function addMissingHeaders(headers: HeaderList, block: HeaderList): void {
  const own = headers.length;
  for (let i = 0; i < block.length; i += 2) {
    if (!hasName(headers, own, block[i]!)) headers.push(block[i]!, block[i + 1]!);
  }
}

function hasName(headers: HeaderList, end: number, name: string): boolean {
  for (let i = 0; i < end; i += 2) if (headers[i] === name) return true;
  return false;
}
