import { GatewayError } from '@gateway/errors';
import type { HeaderList } from '@gateway/pipeline';
import type { RouteMatch } from '@gateway/route-table';
import type { ChosenBy } from '@gateway/versioning';
import type { RequestContext } from './context';
import type { LiveRoute } from './live-route';

/** What a route is looked for by. */
export interface RouteQuestion {
  /** Lower case, without its port. */
  readonly host: string;
  /** Canonical. */
  readonly path: string;
  readonly method: string;
  readonly headers: HeaderList;
}

/** The version that a request without one in its path goes to. */
export interface NegotiatedVersion {
  /** Such as `v2`. */
  readonly version: string;
  /** The media type that the client asked for it by; null: it didn't. */
  readonly mediaType: string | null;
}

/** What negotiation comes to. */
export type Negotiation =
  | {
      readonly kind: 'chosen';
      readonly chosen: NegotiatedVersion;
      /** The path in that version. */
      readonly path: string;
      readonly match: RouteMatch<LiveRoute>;
    }
  /** The resource exists, but not in the version that was asked for. */
  | { readonly kind: 'missing'; readonly by: ChosenBy; readonly asked: string; readonly versions: readonly string[] };

/** The versions of one snapshot. */
export interface VersionFinder {
  /** Whether a path may be one in some version, and names none. Asked for every request, and so without making anything. */
  leavesOpen(path: string): boolean;
  /** @param question for a path that leaves it open. @returns null: no version has anything there */
  negotiate(question: RouteQuestion): Negotiation | null;
  /** The versions that have what a path names in another version, the oldest first. */
  having(question: RouteQuestion): readonly string[];
}

/** What a negotiated answer depends on (RFC 9110 §12.5.5). */
export const VARY = 'Accept, X-API-Version';

/**
 * The route of a request whose path names no version. The context's path becomes the one in the version, so that
 * everything below (limits, cache, upstream, log) sees one form whichever way the version was named.
 * @param question for a path that leaves the version open
 * @returns null when the path is to be matched as it came
 * @throws GatewayError GW_NO_ROUTE or GW_NOT_ACCEPTABLE, with the versions that there are
 */
export function negotiateVersion(
  context: RequestContext,
  question: RouteQuestion,
  finder: VersionFinder,
): RouteMatch<LiveRoute> | null {
  const negotiation = finder.negotiate(question);
  if (negotiation === null) return null;
  if (negotiation.kind === 'missing') throw missing(negotiation);
  context.path = negotiation.path;
  context.negotiated = negotiation.chosen;
  return negotiation.match;
}

function missing({ by, asked, versions }: Extract<Negotiation, { kind: 'missing' }>): GatewayError {
  const code = by === 'accept' ? 'GW_NOT_ACCEPTABLE' : 'GW_NO_ROUTE';
  const wanted = asked === '' ? 'None of its versions is acceptable' : `It does not exist in version ${shown(asked)}`;
  return new GatewayError(code, { detail: `${wanted}: see versions`, versions, headers: ['vary', VARY] });
}

/**
 * What a path that matches nothing is answered with: the versions that have it, if others do.
 * @throws always, GatewayError GW_NO_ROUTE
 */
export function refuseVersion(question: RouteQuestion, finder: VersionFinder): never {
  const versions = finder.having(question);
  if (versions.length === 0) throw new GatewayError('GW_NO_ROUTE');
  throw new GatewayError('GW_NO_ROUTE', { detail: 'It does not exist in this version: see versions', versions });
}

/** What a client wrote, as far as it can be shown. */
const shown = (asked: string): string => `"${asked.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)}"`;
