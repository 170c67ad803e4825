import type { HeaderList } from '@gateway/pipeline';
import { removeHopByHop } from '@gateway/http-security';

/** Fields that belong to the connection to the upstream, or that its client writes itself. */
const NOT_SENT = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
]);

/**
 * The fields to send.
 * @param streamed whether the body is a stream: only then the sender's length counts, else the body's own
 */
export function requestHeaders(headers: HeaderList, streamed: boolean): HeaderList {
  const sent: HeaderList = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (NOT_SENT.has(name) || (name === 'content-length' && !streamed)) continue;
    sent.push(name, headers[i + 1]!);
  }
  return sent;
}

/** Header fields as undici hands them over: bytes of HTTP/1, an object of HTTP/2. */
export type RawHeaders = Buffer[] | string[] | Record<string, string | string[] | undefined> | null | undefined;

/** What a response's head says about its body. */
export interface ResponseHeaders {
  readonly headers: HeaderList;
  /** -1: not known. */
  readonly length: number;
  /** Whether trailer fields were announced. */
  readonly trailers: boolean;
}

/** The end-to-end fields of a response with lower-case names. */
export function responseHeaders(raw: RawHeaders): ResponseHeaders {
  const all = flatten(raw);
  let length = -1;
  let trailers = false;
  let listed = false;
  const headers: HeaderList = [];
  for (let i = 0; i < all.length; i += 2) {
    const name = all[i]!;
    const value = all[i + 1]!;
    if (name === 'content-length') length = Number(value);
    else if (name === 'trailer') trailers = true;
    else if (name === 'connection') listed ||= !/^(?:keep-alive|close)$/i.test(value);
    if (!NOT_SENT.has(name)) headers.push(name, value);
  }
  // Almost never: the upstream names further fields of the connection.
  return { headers: listed ? removeHopByHop(all) : headers, length, trailers };
}

/** Header or trailer fields as a flat list with lower-case names. */
export function flatten(raw: RawHeaders): HeaderList {
  if (raw === null || raw === undefined) return [];
  const list: HeaderList = [];
  if (Array.isArray(raw)) {
    for (let i = 0; i < raw.length; i += 2) list.push(text(raw[i]!).toLowerCase(), text(raw[i + 1]!));
    return list;
  }
  for (const [name, value] of Object.entries(raw)) {
    if (name.startsWith(':') || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) list.push(name.toLowerCase(), one);
  }
  return list;
}

/** Bytes as they are: header values are latin1 on both sides, so that nothing is lost in between. */
const text = (value: Buffer | string): string => (typeof value === 'string' ? value : value.toString('latin1'));
