import type { EdgeResponse } from '@gateway/pipeline';

/** Ends a response that nobody can be given any more. */
export function discard(response: EdgeResponse): void {
  const { body, tunnel } = response;
  if (body !== null && !Buffer.isBuffer(body)) body.destroy();
  tunnel?.destroy();
  response.onEnd?.({ bytes: 0, complete: false });
}
