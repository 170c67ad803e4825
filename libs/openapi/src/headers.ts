import type { JsonObject } from '@bufbuild/protobuf';
import { CachePolicy_Mode, type RoutePolicy } from '@gateway/contracts';

const header = (description: string, example: string, type = 'string'): JsonObject => ({
  description,
  schema: { type },
  example,
});

/** Names the request. */
export const REQUEST_ID: JsonObject = header(
  'Names the request in logs and traces.',
  '01937b5e-2f0c-7c7a-9a35-5b0f4d8a7a11',
);

/** How long to wait. */
export const RETRY_AFTER: JsonObject = {
  description: 'Seconds until the call may succeed; absent when nobody knows.',
  schema: { type: 'integer', minimum: 0 },
};

/** What a policy lets through. */
const OF_SERVICE: JsonObject = { description: 'What the service says.', schema: { type: 'string' } };

/** The fields of a good answer. */
export function responseHeaders({ rateLimits, cache, deprecation, transcoding }: RoutePolicy): JsonObject {
  const [limit] = rateLimits.filter(({ shadow }) => !shadow);
  const caches = cache !== undefined && cache.mode !== CachePolicy_Mode.OFF;
  return {
    'x-request-id': REQUEST_ID,
    ...(limit === undefined
      ? {}
      : {
          'ratelimit-policy': header(
            'The limits in force: how many calls (`q`) in how many seconds (`w`).',
            `"${limit.name}";q=${limit.requests};w=${Number(limit.window?.seconds ?? 0n)}`,
          ),
          ratelimit: header('What is left (`r`) and for how many seconds (`t`).', `"${limit.name}";r=42;t=17`),
        }),
    ...(caches
      ? { 'cache-status': header('Whether the answer came from the cache (RFC 9211).', 'gateway; hit; ttl=280') }
      : {}),
    ...(deprecation?.deprecatedAt === undefined
      ? {}
      : { deprecation: header('From when on callers should leave the route (RFC 9745).', '@1780272000') }),
    ...(deprecation?.sunsetAt === undefined
      ? {}
      : { sunset: header('From when on the route answers 410 (RFC 8594).', 'Tue, 01 Dec 2026 00:00:00 GMT') }),
    ...Object.fromEntries((transcoding?.responseHeaders ?? []).map((name) => [name, OF_SERVICE])),
  };
}
