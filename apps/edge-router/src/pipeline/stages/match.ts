import { GatewayError } from '@gateway/errors';
import { hasEscapedSlash } from '@gateway/http-security';
import { type RouteMatch, UPGRADE } from '@gateway/route-table';
import type { RequestContext } from '../context';
import type { LiveRoute } from '../live-route';
import { negotiateVersion, refuseVersion, type RouteQuestion, VARY, type VersionFinder } from '../negotiate-version';
import { hasCors, preflightMethod } from '../route-cors';
import type { ArrivalStep } from '../stage';

/** The routes of one snapshot; a RouteTable. */
export interface RouteFinder {
  match(host: string, path: string, method: string): RouteMatch<LiveRoute>;
}

/** Where routes are found. */
export interface MatchPorts {
  /** The snapshot in force. Asked once per request, which so sees one snapshot only. */
  readonly routes: () => RouteFinder;
  /** The versions of the snapshot in force, asked in the same turn. */
  readonly versions: () => VersionFinder;
}

type Found = RouteMatch<LiveRoute>;

/**
 * Finds the route by host, path and method; a path without a version gets one first. A CORS preflight is for the route of
 * the method that it asks for, when that route says who may ask; other OPTIONS requests are for routes that have OPTIONS.
 * What a request hasn't got (a version to be found, an `Origin`) costs it a look, and no object.
 */
export function match({ routes, versions }: MatchPorts): ArrivalStep {
  return (context) => {
    const table = routes();
    const finder = versions();
    const method = context.isTunnel ? UPGRADE : context.request.method;
    const found = preflightRoute(context, table, finder) ?? lookUp(context, method, table, finder);
    if (hasEscapedSlash(context.path)) refuseUnlessField(found);
    if (found.kind === 'none') refuseVersion(questionOf(context, method), finder);
    if (found.kind === 'wrong-method') {
      // RFC 9110 §15.5.6: a 405 must say what there is.
      const allow = ['allow', found.allow.join(', ')];
      const vary = context.negotiated === null ? [] : ['vary', VARY];
      throw new GatewayError('GW_METHOD_NOT_ALLOWED', { headers: [...allow, ...vary] });
    }
    context.live = found.entry.value;
    context.captures = found.captures;
  };
}

/** What a method leads to at the context's path, which becomes the one in a version when it names none. */
function lookUp(context: RequestContext, method: string, table: RouteFinder, finder: VersionFinder): Found {
  const { path } = context;
  const negotiated = finder.leavesOpen(path) ? negotiateVersion(context, questionOf(context, method), finder) : null;
  return negotiated ?? table.match(hostOf(context.authority), path, method);
}

const questionOf = ({ authority, path, headers }: RequestContext, method: string): RouteQuestion => ({
  host: hostOf(authority),
  path,
  method,
  headers,
});

/** The route that a preflight is for; null: it isn't one, or its route leaves it to whoever has OPTIONS. */
function preflightRoute(context: RequestContext, table: RouteFinder, finder: VersionFinder): Found | null {
  const method = preflightMethod(context);
  if (method === null) return null;
  const found = lookUp(context, method, table, finder);
  if (found.kind !== 'found' || !hasCors(found.entry.value.route)) return null;
  context.preflight = method;
  return found;
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
