import type { Clock } from '@gateway/clock';
import { listValues } from '@gateway/http-security';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import type { CachePlan } from './cache-plan';
import type { RequestContext } from './context';
import { isPartial } from './policy-cache-plan';
import type { Route } from './route';
import { type Settings, shownHeader, shownTarget } from './settings';

/** Statuses that are kept (of those that RFC 9110 §15.1 calls cacheable). */
const STATUSES = new Set([200, 203, 301, 308, 404, 410]);
/** Request fields that answers may vary by. They are part of each key; an answer that varies by others isn't kept. */
const VARIES_BY = ['accept', 'accept-encoding', 'accept-language', 'origin'];
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The plan of a route whose upstream says what may be kept: a shared cache that never serves stale (RFC 9111). */
export function headerCachePlan(route: Route, clock: Pick<Clock, 'now'>): CachePlan {
  const tagOf = ({ authority, path, query }: RequestContext): string => `${route.scope} ${authority} ${path}?${query}`;
  return {
    question(context) {
      const { request, headers } = context;
      if (request.method !== 'GET' || isPartial(headers) || wantsFresh(headers)) return null;
      const values = VARIES_BY.map((name) => getHeader(headers, name) ?? null);
      const tag = tagOf(context);
      return { key: JSON.stringify([route.id, ...values, tag]), fields: {}, events: [], tags: [tag] };
    },
    lifetimeMs: (context, response) => (isStorable(context, response) ? freshnessMs(response, clock) : null),
    // RFC 9111 §4.4: what a successful unsafe request has changed must not be answered from before.
    changedTag: (context, { status }) => (SAFE.has(context.request.method) || status >= 400 ? null : tagOf(context)),
  };
}

const directives = (headers: string[]): string[] =>
  listValues(headers, 'cache-control').map((each) => each.toLowerCase());

function wantsFresh(headers: string[]): boolean {
  const wanted = directives(headers);
  return wanted.some((each) => each === 'no-cache' || each === 'no-store' || each === 'max-age=0');
}

function isStorable({ headers: asked, principal }: RequestContext, { status, headers }: EdgeResponse): boolean {
  if (!STATUSES.has(status) || getHeader(headers, 'set-cookie') !== undefined) return false;
  const said = directives(headers);
  if (said.some((each) => /^(?:no-store|no-cache|private)(?:=|$)/.test(each))) return false;
  const personal = principal !== null || getHeader(asked, 'authorization') !== undefined;
  // RFC 9111 §3.5.
  if (personal && !said.some((each) => /^(?:public|must-revalidate|s-maxage=\d+)$/.test(each))) return false;
  return listValues(headers, 'vary').every((name) => VARIES_BY.includes(name.toLowerCase()));
}

/** RFC 9111 §4.2.1, less the age that the answer already has. Null: none is given, and none is guessed. */
function freshnessMs({ headers }: EdgeResponse, clock: Pick<Clock, 'now'>): number | null {
  const said = directives(headers);
  const lifetime = seconds(said, 's-maxage') ?? seconds(said, 'max-age') ?? expiresIn(headers, clock);
  if (lifetime === null) return null;
  const age = /^\d+$/.test(getHeader(headers, 'age') ?? '') ? Number(getHeader(headers, 'age')) : 0;
  return lifetime > age ? (lifetime - age) * 1_000 : null;
}

function seconds(said: readonly string[], name: string): number | null {
  const value = said.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : null;
}

function expiresIn(headers: string[], clock: Pick<Clock, 'now'>): number | null {
  const expires = Date.parse(getHeader(headers, 'expires') ?? '');
  const date = Date.parse(getHeader(headers, 'date') ?? '');
  if (Number.isNaN(expires)) return null;
  return Math.floor((expires - (Number.isNaN(date) ? clock.now() : date)) / 1_000);
}

/** The key's parts for the request. How long an answer is good is for the upstream to say. */
export function describeHeaderCache(route: Route, context: RequestContext): Settings {
  const variations = Object.fromEntries(VARIES_BY.map((name) => [name, shownHeader(context, name)]));
  return {
    mode: 'RFC9111',
    key: { route: route.id, ...variations, request: shownTarget(route, context) },
    invalidatedBy: ['a successful unsafe request for the same target'],
  };
}
