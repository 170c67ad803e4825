import type { EdgeResponse } from '@gateway/pipeline';

/** Ends a response that nobody can be given any more. */
export function discard(response: EdgeResponse): void {
  response.tunnel?.destroy();
  finish(response, 0, false);
}

/**
 * Ends a response: a body that broke off isn't read on, and whoever waits for the end is told.
 * @param bytes of the body that were written
 * @param complete whether all of it was; a buffer of which only a part arrived counts as nothing
 */
export function finish(response: EdgeResponse, bytes: number, complete: boolean): void {
  const { body } = response;
  const isBuffer = Buffer.isBuffer(body);
  if (!complete && body !== null && !isBuffer) body.destroy();
  response.onEnd?.({ bytes: complete || !isBuffer ? bytes : 0, complete });
}
