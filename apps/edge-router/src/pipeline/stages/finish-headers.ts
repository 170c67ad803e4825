import { AuthPolicy_Mode } from '@gateway/contracts';
import { addMissingHeaders, securityHeaders } from '@gateway/http-security';
import { type EdgeResponse, setHeader } from '@gateway/pipeline';
import { rateLimitHeaders } from '@gateway/rate-limit';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';

/** How headers are written. */
export interface FinishHeadersPorts {
  /** Whether the widespread `x-ratelimit-*` are sent beside the standard fields. */
  readonly legacyRateLimitHeaders: boolean;
}

/** Adds what every response of the route carries, errors included: security, rate limits, cache status. */
export function finishHeaders({ policy }: Route, { legacyRateLimitHeaders: legacy }: FinishHeadersPorts): RouteStage {
  const personal = policy.auth?.mode !== AuthPolicy_Mode.NONE;
  const overrides = lowerCased(policy.securityHeaders?.headers ?? {});
  const overTls = securityHeaders({ https: true, personal, overrides });
  const inTheClear = securityHeaders({ https: false, personal, overrides });
  return (next) => (context) =>
    whenDone(next(context), (response) => {
      const { headers } = response;
      addMissingHeaders(headers, context.secure ? overTls : inTheClear);
      addRateLimits(context, response, legacy);
      if (context.cacheStatus !== null) setHeader(headers, 'cache-status', context.cacheStatus);
      if (context.age !== null) setHeader(headers, 'age', context.age);
      return context.request.method === 'HEAD' ? withoutBody(response) : response;
    });
}

function addRateLimits({ limitChecks, limitDecisions }: RequestContext, response: EdgeResponse, legacy: boolean): void {
  if (limitChecks.length === 0) return;
  const fields = rateLimitHeaders(limitChecks, { decisions: limitDecisions }, { legacy });
  for (let i = 0; i < fields.length; i += 2) setHeader(response.headers, fields[i]!, fields[i + 1]!);
}

/** RFC 9110 §9.3.2: a HEAD has the fields of a GET, the length too, and no content. */
function withoutBody(response: EdgeResponse): EdgeResponse {
  if (!Buffer.isBuffer(response.body)) return response;
  setHeader(response.headers, 'content-length', String(response.body.length));
  response.body = null;
  return response;
}

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
