import { AuthPolicy_Mode, type RoutePolicy } from '@gateway/contracts';
import { addMissingHeaders, securityHeaders } from '@gateway/http-security';
import { type EdgeResponse, getHeader, type HeaderList, setHeader } from '@gateway/pipeline';
import { rateLimitHeaders } from '@gateway/rate-limit';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import { routeCors } from '../route-cors';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';
import { type Settings, shownHeaders } from '../settings';

/** How headers are written. */
export interface FinishHeadersPorts {
  /** Whether the widespread `x-ratelimit-*` are sent beside the standard fields. */
  readonly legacyRateLimitHeaders: boolean;
}

/** Adds what every response of the route carries, errors included: security, rate limits, cache status, CORS. */
export function finishHeaders(route: Route, { legacyRateLimitHeaders: legacy }: FinishHeadersPorts): RouteStage {
  const { policy } = route;
  const cors = routeCors(route);
  const overTls = blockOf(policy, true);
  const inTheClear = blockOf(policy, false);
  return (next) => (context) =>
    whenDone(next(context), (response) => {
      const { headers } = response;
      addMissingHeaders(headers, context.secure ? overTls : inTheClear);
      addRateLimits(context, response, legacy);
      if (context.cacheStatus !== null) setHeader(headers, 'cache-status', context.cacheStatus);
      if (context.age !== null) setHeader(headers, 'age', context.age);
      if (cors !== null) response.headers = cors.apply(headers, getHeader(context.headers, 'origin'));
      return context.request.method === 'HEAD' ? withoutBody(response) : response;
    });
}

function blockOf({ auth, securityHeaders: own }: RoutePolicy, https: boolean): HeaderList {
  const personal = auth?.mode !== AuthPolicy_Mode.NONE;
  return securityHeaders({ https, personal, overrides: lowerCased(own?.headers ?? {}) });
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

/** What every response carries beside its own fields. */
export const describeFinishHeaders = (
  { policy }: Route,
  { secure }: RequestContext,
  { legacyRateLimitHeaders }: FinishHeadersPorts,
): Settings => ({ headers: shownHeaders(blockOf(policy, secure)), legacyRateLimitHeaders });
