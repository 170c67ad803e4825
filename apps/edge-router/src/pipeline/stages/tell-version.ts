import { type EdgeResponse, getHeader, getHeaders, type HeaderList, setHeader } from '@gateway/pipeline';
import { type NegotiatedVersion, VARY } from '../negotiate-version';
import type { Route } from '../route';
import type { RequestContext } from '../context';
import type { Settings } from '../settings';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';

/** Which routes have versions. */
export interface TellVersionPorts {
  /** The version that a route's path names; null: none, so that requests never get there by negotiation. */
  readonly pathVersionOf: (route: Route) => string | null;
}

const JSON_TYPE = /^application\/json(?=[ \t]*(?:;|$))/i;

/**
 * Tells which version answered, and what that depended on, where the path didn't say: caches between us and the client
 * must know. Above the cache: the same entry answers whichever way the version was named.
 */
export function tellVersion(route: Route, { pathVersionOf }: TellVersionPorts): RouteStage | null {
  if (pathVersionOf(route) === null) return null;
  return (next) => (context) => {
    const { negotiated } = context;
    return negotiated === null ? next(context) : whenDone(next(context), (response) => tell(response, negotiated));
  };
}

function tell(response: EdgeResponse, { version, mediaType }: NegotiatedVersion): EdgeResponse {
  const { headers } = response;
  setHeader(headers, 'x-api-version', version);
  setHeader(headers, 'vary', [...getHeaders(headers, 'vary'), VARY].join(', '));
  if (mediaType !== null) mirrorType(headers, mediaType);
  return response;
}

/** Who asked by a media type gets that type. A problem stays one. */
function mirrorType(headers: HeaderList, mediaType: string): void {
  const type = getHeader(headers, 'content-type');
  if (type !== undefined && JSON_TYPE.test(type))
    setHeader(headers, 'content-type', type.replace(JSON_TYPE, mediaType));
}

/** The version that answers, and who said so. */
export const describeTellVersion = (
  route: Route,
  { negotiated }: RequestContext,
  { pathVersionOf }: TellVersionPorts,
): Settings => ({
  version: pathVersionOf(route),
  by: negotiated === null ? 'path' : 'negotiation',
  mediaType: negotiated?.mediaType ?? null,
});
