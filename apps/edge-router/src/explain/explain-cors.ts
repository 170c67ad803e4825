import { getHeader } from '@gateway/pipeline';
import type { RequestContext } from '../pipeline/context';
import type { Route } from '../pipeline/route';
import { preflightHeaders, preflightMethod, routeCors } from '../pipeline/route-cors';

/** What a page of another origin is told. */
export interface CorsVerdict {
  readonly origin: string;
  /** Whether the gateway lets the page read the answer or, asked before, send the request. */
  readonly allowed: boolean;
  readonly why: string;
}

/** Finds the route that a request of another method at the same place would have; undefined: none. */
export type FindRoute = (method: string) => Route | undefined;

/**
 * Whether scripts of the origin that a request names may call (Fetch standard, CORS protocol), and why or why not.
 * @param route undefined: the request has none
 * @returns null: it names no origin, and no browser will ask
 */
export function explainCors(context: RequestContext, route: Route | undefined, find: FindRoute): CorsVerdict | null {
  const origin = getHeader(context.headers, 'origin');
  if (origin === undefined) return null;
  const asked = preflightMethod(context);
  const meant = asked === null ? route : find(asked);
  const { allowed, why } = meant === undefined ? noRouteFor(asked) : verdictOf(meant, origin, asked, context);
  return { origin, allowed, why };
}

type Verdict = Pick<CorsVerdict, 'allowed' | 'why'>;

const noRouteFor = (asked: string | null): Verdict => ({
  allowed: false,
  why: asked === null ? 'no route has a policy.cors for it' : `no route for ${asked} has a policy.cors for it`,
});

function verdictOf(route: Route, origin: string, asked: string | null, context: RequestContext): Verdict {
  const cors = routeCors(route);
  if (cors === null)
    return { allowed: false, why: `policy.cors of ${route.id} names no origins: it is the upstream's to say` };
  const origins = route.policy.cors!.origins.join(', ');
  if (asked === null) {
    const allowed = cors.allows(origin);
    return { allowed, why: `policy.cors of ${route.id} allows ${allowed ? '' : 'only '}${origins}` };
  }
  const refusal = cors.refusal({ origin, method: asked, headers: preflightHeaders(context) });
  if (refusal === null) return { allowed: true, why: `policy.cors of ${route.id} allows ${origins} to send this` };
  return { allowed: false, why: `policy.cors of ${route.id} (${origins}): ${refusal}` };
}
