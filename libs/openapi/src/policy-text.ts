import type { JsonObject } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import {
  AuthPolicy_Credential,
  AuthPolicy_Mode,
  CachePolicy_Mode,
  type RateLimitPolicy,
  type RoutePolicy,
  ValidationPolicy_Mode,
} from '@gateway/contracts';

/** Who may call, as `security` of an operation. */
export function securityOf({ auth }: RoutePolicy): JsonObject[] {
  if (auth?.mode === AuthPolicy_Mode.NONE) return [];
  const scopes = [...(auth?.scopes ?? [])];
  const kinds = auth?.credentials ?? [];
  const ways: JsonObject[] = [];
  if (kinds.length === 0 || kinds.includes(AuthPolicy_Credential.BEARER)) ways.push({ bearer: scopes });
  if (kinds.includes(AuthPolicy_Credential.API_KEY)) ways.push({ apiKey: scopes });
  return auth?.mode === AuthPolicy_Mode.OPTIONAL ? [{}, ...ways] : ways;
}

/** The credentials that {@link securityOf} names. */
export const SECURITY_SCHEMES: JsonObject = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
};

/** What the gateway does around the call, in words that a caller can use. */
export function policyText(policy: RoutePolicy): string[] {
  const { auth, rateLimits, cache, deprecation, validation } = policy;
  const lines: string[] = [];
  if (auth !== undefined && auth.permission !== '')
    lines.push(`Needs the permission \`${auth.permission}\`${auth.resource === '' ? '' : ` on \`${auth.resource}\``}.`);
  for (const limit of rateLimits) if (!limit.shadow) lines.push(limitText(limit));
  if (cache?.ttl !== undefined && cache.mode !== CachePolicy_Mode.OFF)
    lines.push(`Answers are cached for up to ${String(cache.ttl.seconds)} s.`);
  if (validation?.mode === ValidationPolicy_Mode.SHADOW || validation?.mode === ValidationPolicy_Mode.OFF)
    lines.push('The rules of fields are not enforced: a broken one is not refused.');
  if (deprecation?.deprecatedAt !== undefined) lines.push(`Deprecated from ${day(deprecation.deprecatedAt)}.`);
  if (deprecation?.sunsetAt !== undefined) lines.push(`Ends on ${day(deprecation.sunsetAt)}.`);
  if (deprecation !== undefined && deprecation.successor !== '')
    lines.push(`Its successor is ${deprecation.successor}.`);
  return lines;
}

/** Whether callers should leave it. */
export const isDeprecated = ({ deprecation }: RoutePolicy, now: number): boolean =>
  deprecation?.deprecatedAt !== undefined && timestampDate(deprecation.deprecatedAt).getTime() <= now;

const day = (time: Parameters<typeof timestampDate>[0]): string => timestampDate(time).toISOString().slice(0, 10);

function limitText({ name, requests, window, burstLimit, userBased, by }: RateLimitPolicy): string {
  const keys = userBased ? ['user'] : by;
  const burst = burstLimit === 0 ? '' : `, ${burstLimit} of them in one second`;
  const each =
    keys.length === 0 ? '' : ` for each ${keys.map((key) => key.replace(/^(field|header):/, '$1 ')).join(' and ')}`;
  return `Limit \`${name}\`: ${requests} calls in ${String(window?.seconds ?? 0n)} s${burst}${each}.`;
}
