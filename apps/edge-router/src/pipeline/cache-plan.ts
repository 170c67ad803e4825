import type { CacheRequest } from '@gateway/cache';
import type { Clock } from '@gateway/clock';
import { type CachePolicy, CachePolicy_Mode } from '@gateway/contracts';
import type { EdgeResponse } from '@gateway/pipeline';
import type { RequestContext } from './context';
import { describeHeaderCache, headerCachePlan } from './header-cache-plan';
import { describePolicyCache, policyCachePlan } from './policy-cache-plan';
import { isForwarded, type Route, streamingOf } from './route';
import type { DescribeStage } from './settings';

/** How a route uses the cache. */
export interface CachePlan {
  /** What to look up; null: this request has to reach the upstream. */
  question(context: RequestContext): CacheRequest | null;
  /** For how long an answer may be used, in milliseconds; null: not at all. */
  lifetimeMs(context: RequestContext, response: EdgeResponse): number | null;
  /** The tag of the entries that such an answer makes untrue; null: none. */
  changedTag(context: RequestContext, response: EdgeResponse): string | null;
}

/** The plan of a route; null when it doesn't use the cache. */
export function cachePlan(route: Route, clock: Pick<Clock, 'now'>): CachePlan | null {
  const { cache } = route.policy;
  // A stream is an answer in time: what it said a while ago says nothing.
  if (cache === undefined || !isForwarded(route.target) || streamingOf(route.target) !== undefined) return null;
  const mode = modeOf(cache);
  if (mode === CachePolicy_Mode.POLICY) return policyCachePlan(route, cache);
  // Messages have no headers that say how long they are good for.
  return mode === CachePolicy_Mode.RFC9111 && route.target.kind === 'http' ? headerCachePlan(route, clock) : null;
}

function modeOf({ mode, ttl }: CachePolicy): CachePolicy_Mode {
  if (mode !== CachePolicy_Mode.UNSPECIFIED) return mode;
  return ttl === undefined ? CachePolicy_Mode.OFF : CachePolicy_Mode.POLICY;
}

/** How answers are kept: under which key, for how long, and what makes them untrue. */
export const describeCache: DescribeStage<unknown> = (route, context) =>
  modeOf(route.policy.cache!) === CachePolicy_Mode.POLICY
    ? describePolicyCache(route, context)
    : describeHeaderCache(route, context);
