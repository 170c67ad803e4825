import { type CachePolicy, AuthPolicy_Mode } from '@gateway/contracts';
import { getHeader } from '@gateway/pipeline';
import { hasFieldText } from '@gateway/transcoding';
import type { CachePlan } from './cache-plan';
import type { RequestContext } from './context';
import { toMilliseconds } from './duration';
import { pathField, type ReadField, requestField } from './fields';
import type { Route } from './route';
import { type Settings, shownField, shownHeader, shownTarget } from './settings';

/** One thing that the answer varies by. */
interface Variation {
  /** The entry's own field of that name, compared with those of events; null: a header, which events don't have. */
  readonly field: string | null;
  readonly read: ReadField;
}

/**
 * The plan of a route whose policy says what may be kept. The key holds the whole request message (or path and query), so
 * that two different questions never share an answer, whatever `vary_by` forgets; `vary_by` adds the caller and headers.
 */
export function policyCachePlan(route: Route, policy: CachePolicy): CachePlan {
  // What the service gets may change its answer.
  const forwarded = route.target.kind === 'grpc' ? (route.policy.transcoding?.requestHeaders ?? []) : [];
  const variations = [...policy.varyBy.map((name) => variation(route, name)), ...forwarded.map(headerVariation)];
  const ttlMs = toMilliseconds(policy.ttl!);
  const { invalidate: events, tags } = policy;
  const identify = identity(route);
  return {
    question(context) {
      const subject = identify(context);
      if (subject === null) return null;
      const values = variations.map(({ read }) => read(context) ?? null);
      const fields = fieldsOf(variations, values);
      return { key: JSON.stringify([route.id, ...values, subject]), fields, events, tags };
    },
    lifetimeMs: (_context, { status, headers }) =>
      // A cookie is for one client.
      status === 200 && getHeader(headers, 'set-cookie') === undefined ? ttlMs : null,
    changedTag: () => null,
  };
}

function fieldsOf(variations: readonly Variation[], values: readonly (string | null)[]): Record<string, string> {
  const entries = variations.map(({ field }, index) => [field, values[index]] as const);
  return Object.fromEntries(entries.filter(([field, value]) => field !== null && value !== null));
}

function variation(route: Route, name: string): Variation {
  if (name === 'user_id') return { field: name, read: ({ principal }) => principal?.subject };
  const { target } = route;
  const isField = target.kind === 'grpc' ? hasFieldText(target.method.input, name) : pathField(route, name) !== null;
  if (isField) return { field: name, read: requestField(route, name) };
  return headerVariation(name);
}

function headerVariation(name: string): Variation {
  const header = name.toLowerCase();
  return { field: null, read: ({ headers }) => getHeader(headers, header) };
}

/** What is asked for, as text; null: not a question that may be answered from a cache. */
function identity({ target, policy }: Route): (context: RequestContext) => string | null {
  if (target.kind === 'grpc') {
    const { transcoder } = target;
    return ({ message }) => Buffer.from(transcoder.toWire(message!)).toString('base64');
  }
  const variesByCredential = policy.cache!.varyBy.some((name) => name.toLowerCase() === 'authorization');
  const verified = policy.auth?.mode !== AuthPolicy_Mode.NONE;
  return ({ request, headers, authority, path, query }) => {
    if (request.method !== 'GET' || isPartial(headers)) return null;
    // A credential that only the upstream understands decides about the answer (RFC 9111 §3.5).
    if (!verified && !variesByCredential && getHeader(headers, 'authorization') !== undefined) return null;
    return `${authority} ${path}?${query}`;
  };
}

const PARTIAL = ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];

/** Whether the request wants less than the whole answer: the upstream knows how. */
export const isPartial = (headers: string[]): boolean => PARTIAL.some((name) => getHeader(headers, name) !== undefined);

/** The key's parts for the request, how long an answer is good, and the events that end it. */
export function describePolicyCache(route: Route, context: RequestContext): Settings {
  const { ttl, varyBy, invalidate, tags } = route.policy.cache!;
  const shown = (name: string): string | null => {
    if (name === 'user_id') return 'who the credential says';
    return variation(route, name).field === null ? shownHeader(context, name) : shownField(route, context, name);
  };
  const variations = Object.fromEntries(varyBy.map((name) => [name, shown(name)]));
  const request = route.target.kind === 'grpc' ? 'the whole request message' : shownTarget(route, context);
  return {
    mode: 'POLICY',
    ttlMs: toMilliseconds(ttl!),
    key: { route: route.id, ...variations, request },
    invalidatedBy: invalidate.map((event) => ({ event, whenEqual: varyBy.filter((name) => isField(route, name)) })),
    tags,
  };
}

const isField = (route: Route, name: string): boolean => variation(route, name).field !== null;
