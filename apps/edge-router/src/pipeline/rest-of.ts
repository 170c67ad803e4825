import type { Duplex, Readable } from 'node:stream';
import type { EdgeResponse } from '@gateway/pipeline';

/** What of an answer is still to come behind its head: a body, or the call that a tunnel carries; null: it is whole. */
export function restOf({ body, tunnel, failure }: EdgeResponse): Readable | Duplex | null {
  // A tunnel of which nothing is known says nothing of how busy its endpoint is.
  if (tunnel !== undefined && failure !== undefined) return tunnel;
  return body === null || Buffer.isBuffer(body) ? null : body;
}
