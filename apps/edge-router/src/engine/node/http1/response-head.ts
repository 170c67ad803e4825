import type { EdgeResponse, HeaderList } from '@gateway/pipeline';

/** Whether a response to that method with that status has a body at all (RFC 9110 §6.4.1). */
export function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304 && status >= 200;
}

/**
 * The header fields to write: the response's own, with a length that is true. The list is new: responses come out of
 * caches and must not be changed.
 * @param length bytes of the body; undefined: not known, so the response's own word counts
 */
export function framedHeaders(response: EdgeResponse, length: number | undefined): HeaderList {
  const { headers } = response;
  const framed: HeaderList = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name === 'content-length' && length !== undefined) continue;
    // Only the engine knows how this connection is framed.
    if (name === 'connection' || name === 'transfer-encoding' || name === 'keep-alive') continue;
    framed.push(name, headers[i + 1]!);
  }
  if (length !== undefined) framed.push('content-length', String(length));
  return framed;
}

/**
 * The length to declare for a response. To HEAD and for 304 it is the one that GET would have got, which only the
 * response knows; 204 and 1xx have none.
 */
export function declaredLength(method: string, response: EdgeResponse): number | undefined {
  const { status, body } = response;
  if (Buffer.isBuffer(body) && (hasBody(method, status) || method === 'HEAD')) return body.length;
  return body === null && hasBody(method, status) ? 0 : undefined;
}
