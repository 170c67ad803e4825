import { GatewayError } from '@gateway/errors';
import { hasEscapedSlash } from '@gateway/http-security';
import type { RouteMatch } from '@gateway/route-table';
import type { LiveRoute } from '../live-route';
import type { ArrivalStep } from '../stage';

/** The routes of one snapshot; a RouteTable. */
export interface RouteFinder {
  match(host: string, path: string, method: string): RouteMatch<LiveRoute>;
}

/** Where routes are found. */
export interface MatchPorts {
  /** The snapshot in force. Asked once per request, which so sees one snapshot only. */
  readonly routes: () => RouteFinder;
}

/** Finds the route by host, path and method. */
export function match({ routes }: MatchPorts): ArrivalStep {
  return (context) => {
    const found = routes().match(hostOf(context.authority), context.path, context.request.method);
    if (hasEscapedSlash(context.path)) refuseUnlessField(found);
    if (found.kind === 'none') throw new GatewayError('GW_NO_ROUTE');
    if (found.kind === 'wrong-method')
      // RFC 9110 §15.5.6: a 405 must say what there is.
      throw new GatewayError('GW_METHOD_NOT_ALLOWED', { headers: ['allow', found.allow.join(', ')] });
    context.live = found.entry.value;
    context.captures = found.captures;
  };
}

/** An escaped slash can be part of a field; anybody else might read the path that has it in another way than we did. */
function refuseUnlessField(found: RouteMatch<LiveRoute>): void {
  if (found.kind !== 'found' || found.entry.value.route.target.kind !== 'grpc')
    throw new GatewayError('GW_BAD_REQUEST', { detail: 'The path has an escaped slash or backslash' });
}

/** The host without its port; an IPv6 address keeps its brackets. */
function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(':');
  return colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority;
}
