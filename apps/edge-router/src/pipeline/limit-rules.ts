import { RateLimitPolicy_OnStoreDown, type RateLimitPolicy } from '@gateway/contracts';
import { type CompiledRule, compileRule, limitError, type Limiter, type OnStoreDown } from '@gateway/rate-limit';
import { toMilliseconds } from './duration';
import type { RequestContext } from './context';
import { addressKey, keyPart as requestKeyPart, userKey } from './request-key';
import type { Route } from './route';
import type { RouteStage } from './stage';
import { whenDone } from './when-done';
import { type DescribeStage, shownKey } from './settings';

/** The stage that can check a rule: the first one at which all parts of its key are known. */
export type LimitPlace = 'client' | 'principal' | 'field';

/** What the three stages need. */
export interface LimitPorts {
  readonly limiter: Limiter;
}

interface KeyedRule {
  readonly rule: CompiledRule;
  readonly cost: number;
  readonly keyOf: (context: RequestContext) => string;
}

/** A stage that checks the route's rules of that place; null when it has none. */
export function limitStage(route: Route, { limiter }: LimitPorts, place: LimitPlace): RouteStage | null {
  const rules = route.policy.rateLimits.filter((limit) => placeOf(limit) === place).map((limit) => keyed(route, limit));
  if (rules.length === 0) return null;
  return (next) => (context) => {
    const checks = rules.map(({ rule, cost, keyOf }) => ({ rule, cost, key: keyOf(context) }));
    return whenDone(limiter.takeAll(checks), (outcome) => {
      context.limitChecks.push(...checks);
      context.limitDecisions.push(...outcome.decisions);
      if (!outcome.allowed) throw limitError(checks, outcome);
      return next(context);
    });
  };
}

function placeOf({ userBased, by }: RateLimitPolicy): LimitPlace {
  if (by.some((part) => part.startsWith('field:'))) return 'field';
  return userBased || by.includes('user') || by.includes('api_key') ? 'principal' : 'client';
}

function keyed(route: Route, limit: RateLimitPolicy): KeyedRule {
  const rule = compileRule(route.scope, {
    name: limit.name,
    requests: limit.requests,
    windowMs: toMilliseconds(limit.window!),
    burst: limit.burstLimit,
    onStoreDown: ON_STORE_DOWN[limit.onStoreDown],
    shadow: limit.shadow,
  });
  const parts = (limit.userBased ? ['user'] : limit.by).map((part) => keyPart(route, part));
  return { rule, cost: limit.cost ?? 1, keyOf: joined(parts) };
}

const ON_STORE_DOWN: Readonly<Record<RateLimitPolicy_OnStoreDown, OnStoreDown>> = {
  [RateLimitPolicy_OnStoreDown.UNSPECIFIED]: 'local',
  [RateLimitPolicy_OnStoreDown.LOCAL]: 'local',
  [RateLimitPolicy_OnStoreDown.ALLOW]: 'allow',
  [RateLimitPolicy_OnStoreDown.DENY]: 'deny',
};

type KeyPart = (context: RequestContext) => string;

function keyPart(route: Route, part: string): KeyPart {
  if (part === 'user') return byUser;
  if (part === 'api_key') return byApiKey;
  const read = requestKeyPart(route, part);
  return (context) => read(context) ?? '';
}

/** Anonymous callers are told apart by address, so that they don't share one allowance. */
const byUser: KeyPart = (context) => userKey(context) ?? addressKey(context);

const byApiKey: KeyPart = (context) =>
  context.principal?.kind === 'api-key' ? `key ${context.principal.subject}` : byUser(context);

/** One key of all parts. JSON keeps them apart whatever a client writes into them. */
function joined(parts: readonly KeyPart[]): KeyPart {
  const [only] = parts;
  if (parts.length === 1) return only!;
  return (context) => JSON.stringify(parts.map((part) => part(context)));
}

/** The route's rules of that place, with the parts of their keys for the request. */
export const describeLimits =
  (place: LimitPlace): DescribeStage<LimitPorts> =>
  (route, context) => {
    const limits = route.policy.rateLimits.filter((limit) => placeOf(limit) === place);
    return {
      limits: limits.map((limit) => ({
        name: limit.name,
        requests: limit.requests,
        windowMs: toMilliseconds(limit.window!),
        burstLimit: limit.burstLimit,
        cost: limit.cost ?? 1,
        shadow: limit.shadow,
        onStoreDown: ON_STORE_DOWN[limit.onStoreDown],
        key: shownKey(route, context, limit.userBased ? ['user'] : limit.by),
      })),
    };
  };
