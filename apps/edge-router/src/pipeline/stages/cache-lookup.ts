import {
  ageHeader,
  cacheStatus,
  type Fill,
  type Hit,
  type Lookup,
  type Patience,
  type ResponseCache,
} from '@gateway/cache';
import type { Clock } from '@gateway/clock';
import type { EdgeResponse } from '@gateway/pipeline';
import { type CachePlan, cachePlan } from '../cache-plan';
import type { RequestContext } from '../context';
import type { Route } from '../route';
import type { RouteHandler, RouteStage } from '../stage';
import { whenDone } from '../when-done';

/** Where answers are kept. */
export interface CachePorts {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly cache: Pick<ResponseCache, 'lookup' | 'purge'>;
}

/** Answers from the cache, and puts into it what the stages below answer. Equal misses at one time are one call. */
export function cacheLookup(route: Route, { clock, cache }: CachePorts): RouteStage | null {
  const plan = cachePlan(route, clock);
  if (plan === null) return null;
  return (next) => (context) => {
    const question = plan.question(context);
    if (question === null) return whenDone(next(context), (response) => purgeChanged(plan, cache, context, response));
    return whenDone(cache.lookup(question, patience(context, clock)), (found) => {
      if (found.kind === 'hit') return answerFrom(found, context);
      if (found.kind === 'miss') return fill(found, plan, context, next);
      context.cacheStatus = cacheStatus(found, false);
      return next(context);
    });
  };
}

const patience = (context: RequestContext, clock: CachePorts['clock']): Patience => ({
  waitMs: context.remainingMs(clock),
  onCancel: (listener) => context.request.onCancel(listener),
});

function answerFrom(hit: Hit, context: RequestContext): EdgeResponse {
  context.cacheStatus = cacheStatus(hit, false);
  context.age = ageHeader(hit);
  const { status, headers, body } = hit.entry;
  return { status, headers: [...headers], body };
}

async function fill(
  miss: Extract<Lookup, { kind: 'miss' }>,
  plan: CachePlan,
  context: RequestContext,
  next: RouteHandler,
): Promise<EdgeResponse> {
  try {
    const response = await next(context);
    context.cacheStatus = cacheStatus(miss, store(miss.fill, plan, context, response));
    return response;
  } catch (error) {
    miss.fill.failed();
    throw error;
  }
}

/** Whether it was stored. */
function store(into: Fill, plan: CachePlan, context: RequestContext, response: EdgeResponse): boolean {
  const { status, headers, body } = response;
  const ttlMs = plan.lifetimeMs(context, response);
  // A body that streams is too large to be kept.
  if (ttlMs === null || !Buffer.isBuffer(body)) {
    into.uncacheable();
    return false;
  }
  return into.store({ status, headers: [...headers], body }, ttlMs);
}

/** What a call that may have changed something makes untrue. */
function purgeChanged(
  plan: CachePlan,
  cache: CachePorts['cache'],
  context: RequestContext,
  response: EdgeResponse,
): EdgeResponse {
  const tag = plan.changedTag(context, response);
  if (tag !== null) cache.purge(tag);
  return response;
}
