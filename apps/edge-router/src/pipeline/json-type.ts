import { getHeader, type HeaderList } from '@gateway/pipeline';

/** A content type of JSON: `application/json`, `application/merge-patch+json`. */
const JSON_TYPE = /^application\/(?:[a-z0-9.!#$&^_-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Whether a body is JSON that can be read as it is: not compressed.
 * @param otherwise what it is when it doesn't say
 */
export function isPlainJson(headers: HeaderList, otherwise: string): boolean {
  const coding = getHeader(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  return JSON_TYPE.test(getHeader(headers, 'content-type') ?? otherwise) && coding === 'identity';
}
