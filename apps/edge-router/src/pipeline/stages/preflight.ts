import { GatewayError } from '@gateway/errors';
import { getHeader } from '@gateway/pipeline';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import { corsOptions, preflightHeaders, routeCors } from '../route-cors';
import type { Settings } from '../settings';
import type { RouteStage } from '../stage';

/**
 * Answers preflights: a browser asks whether a page of another origin may send the request. Before authentication, for a
 * preflight has no credential. What a route allows stands on its answers in any case, see `finishHeaders`.
 */
export function preflight(route: Route): RouteStage | null {
  const cors = routeCors(route);
  if (cors === null) return null;
  return (next) => (context) => {
    if (context.preflight === null) return next(context);
    const origin = getHeader(context.headers, 'origin')!;
    const asked = { origin, method: context.preflight, headers: preflightHeaders(context) };
    const detail = cors.refusal(asked);
    if (detail !== null) throw new GatewayError('GW_FORBIDDEN', { detail });
    return { status: 204, headers: cors.granted(asked), body: null };
  };
}

/** What pages of other origins may do. */
export const describePreflight = (route: Route, { preflight: asked }: RequestContext): Settings => {
  const { origins, methods, headers, expose, credentials, maxAgeSeconds } = corsOptions(route)!;
  return {
    origins: [...origins],
    methods: [...methods],
    headers: [...headers],
    expose: [...expose],
    credentials,
    maxAgeSeconds,
    answersHere: asked !== null,
  };
};
