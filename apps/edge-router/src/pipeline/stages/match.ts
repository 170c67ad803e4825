import { GatewayError } from '@gateway/errors';
import { hasEscapedSlash } from '@gateway/http-security';
import type { RouteMatch } from '@gateway/route-table';
import type { LiveRoute } from '../live-route';
import { negotiateVersion, refuseVersion, VARY, type VersionFinder } from '../negotiate-version';
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

/** Finds the route by host, path and method; a path without a version gets one first. */
export function match({ routes, versions }: MatchPorts): ArrivalStep {
  return (context) => {
    const { headers, path, request } = context;
    const question = { host: hostOf(context.authority), path, method: request.method, headers };
    const found =
      negotiateVersion(context, question, versions()) ?? routes().match(question.host, path, question.method);
    if (hasEscapedSlash(path)) refuseUnlessField(found);
    if (found.kind === 'none') refuseVersion(question, versions());
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
