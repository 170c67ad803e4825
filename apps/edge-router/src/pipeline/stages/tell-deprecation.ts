import type { Clock } from '@gateway/clock';
import type { DeprecationPolicy } from '@gateway/contracts';
import { type EdgeResponse, setHeader } from '@gateway/pipeline';
import { ANONYMOUS, deprecationHeaders } from '@gateway/versioning';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import { shownTime, timeOf } from '../duration';
import type { Settings } from '../settings';
import type { RouteStage } from '../stage';
import { whenDone } from '../when-done';

/** Counts one call of a deprecated route. */
export type CountCaller = (caller: string, now: number) => void;

/** What telling of deprecation needs. */
export interface TellDeprecationPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly callersOf: (route: Route) => CountCaller;
  /** A path of the API in another version; null when the route's path has none. */
  readonly pathInVersion: (route: Route, version: string) => ((path: string) => string) | null;
}

/** Tells every caller of a route that ends, errors included, and counts who still calls it. */
export function tellDeprecation(route: Route, ports: TellDeprecationPorts): RouteStage | null {
  const { deprecation } = route.policy;
  if (deprecation === undefined) return null;
  const { clock, callersOf } = ports;
  const tell = teller(route, deprecation, ports);
  const count = callersOf(route);
  const since = timeOf(deprecation.deprecatedAt) ?? Number.NEGATIVE_INFINITY;
  return (next) => (context) =>
    whenDone(next(context), (response) => {
      tell(response, context);
      const now = clock.now();
      if (now >= since) count(context.principal?.subject ?? ANONYMOUS, now);
      return response;
    });
}

/** The fields are written once; but for the successor's path where only the request knows it. */
function teller(
  route: Route,
  deprecation: DeprecationPolicy,
  { pathInVersion }: TellDeprecationPorts,
): (response: EdgeResponse, context: RequestContext) => void {
  const { successor } = deprecation;
  const isTarget = successor.startsWith('/') || URL.canParse(successor);
  const inVersion = isTarget || successor === '' ? null : pathInVersion(route, successor);
  const [fields, links] = partition(
    deprecationHeaders({
      deprecatedAt: timeOf(deprecation.deprecatedAt),
      sunsetAt: timeOf(deprecation.sunsetAt),
      // Without what would end the link early.
      link: deprecation.link === '' ? '' : new URL(deprecation.link).href,
      successor: isTarget ? safe(successor) : '',
    }),
  );
  return ({ headers }, { path }) => {
    // The policy's word, not the upstream's; links of both.
    for (let i = 0; i < fields.length; i += 2) setHeader(headers, fields[i]!, fields[i + 1]!);
    headers.push(...links);
    if (inVersion !== null) headers.push('link', `<${inVersion(path)}>; rel="successor-version"`);
  };
}

const safe = (target: string): string => (target.startsWith('/') ? target : new URL(target).href);

function partition(headers: readonly string[]): [fields: string[], links: string[]] {
  const at = headers.indexOf('link');
  return at < 0 ? [[...headers], []] : [headers.slice(0, at), headers.slice(at)];
}

/** What callers are told. */
export function describeTellDeprecation({ policy }: Route): Settings {
  const { deprecatedAt, sunsetAt, link, successor } = policy.deprecation!;
  return { deprecatedAt: shownTime(deprecatedAt), sunsetAt: shownTime(sunsetAt), link, successor };
}
