import { createHash } from 'node:crypto';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';

/** A page's content, whole and known before anybody asks. */
export interface Entity {
  readonly body: Buffer;
  readonly contentType: string;
  /** Strong, of the bytes (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/** An entity of a text or bytes. */
export function entityOf(content: string | Buffer, contentType: string): Entity {
  const body = Buffer.from(content);
  return { body, contentType, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/**
 * Kept by clients and asked about each time: what it describes changes without notice, and an unchanged page costs one
 * comparison.
 */
const REVALIDATE = 'no-cache';

/** The answer with an entity: the entity itself, or 304 when the client has it. */
export function answerEntity(
  { headers }: Pick<RequestContext, 'headers'>,
  { body, contentType, etag }: Entity,
  more: readonly string[] = [],
): EdgeResponse {
  const fields = ['etag', etag, 'cache-control', REVALIDATE];
  const known = getHeader(headers, 'if-none-match');
  if (known !== undefined && namesTag(known, etag)) return { status: 304, headers: fields, body: null };
  return { status: 200, headers: ['content-type', contentType, ...fields, ...more], body };
}

/** If-None-Match compares weakly (RFC 9110 §13.1.2). */
const namesTag = (list: string, etag: string): boolean =>
  list === '*' || list.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
