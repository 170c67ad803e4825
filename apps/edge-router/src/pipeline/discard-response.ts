import type { EdgeResponse } from '@gateway/pipeline';

/** Ends a response that nobody gets, because another attempt takes its place. */
export function discardResponse({ body, tunnel }: EdgeResponse): void {
  tunnel?.destroy();
  if (body === null || Buffer.isBuffer(body)) return;
  body.on('error', () => undefined);
  body.destroy();
}
