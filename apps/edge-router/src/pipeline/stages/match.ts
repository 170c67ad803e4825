import { GatewayError } from '@gateway/errors';
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
    if (found.kind === 'none') throw new GatewayError('GW_NO_ROUTE');
    if (found.kind === 'wrong-method')
      // RFC 9110 §15.5.6: a 405 must say what there is.
      throw new GatewayError('GW_METHOD_NOT_ALLOWED', { headers: ['allow', found.allow.join(', ')] });
    context.live = found.entry.value;
    context.captures = found.captures;
  };
}

/** The host without its port; an IPv6 address keeps its brackets. */
function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(':');
  return colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority;
}
