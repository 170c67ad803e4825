import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { IdempotencyPolicy_Mode as Mode } from '@gateway/contracts';
import { getHeader } from '@gateway/pipeline';
import type { BackoffOptions } from '@gateway/resilience';
import type { RequestContext } from './context';
import { toMilliseconds } from './duration';
import { type Route, streamingOf, type UpstreamTarget } from './route';

/** How often and when a route's requests are attempted again; everything that its policy decides. */
export interface RetryPlan {
  /** Attempts beyond the first. */
  readonly maxRetries: number;
  /** Milliseconds for one attempt; Infinity: as long as the whole call may take. */
  readonly perTryMs: number;
  readonly backoff: BackoffOptions;
  /** HTTP statuses of an answer that are worth another attempt. */
  readonly statuses: ReadonlySet<number>;
  /** Retries in percent of the service's running requests. */
  readonly budgetPercent: number;
  /** Null: attempts don't overlap. */
  readonly hedge: HedgePlan | null;
  /** Whether doing the request twice does no more than doing it once. */
  readonly isRepeatable: (context: RequestContext) => boolean;
}

/** Attempts beside a slow one. */
export interface HedgePlan {
  /** Milliseconds; null: the 95th percentile of the route's latency. */
  readonly delayMs: number | null;
  /** Attempts beyond the first that may run beside it. */
  readonly maxHedges: number;
}

const MAX_RETRIES = 2;
const BACKOFF_BASE_MS = 25;
const BACKOFF_MAX_MS = 250;
const STATUSES = [502, 503, 504];
const BUDGET_PERCENT = 20;
const MAX_HEDGES = 1;

/** RFC 9110 §9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The retry and hedge policies of a route, with the defaults for what they don't say. */
export function retryPlan({ policy }: Route, target: UpstreamTarget): RetryPlan {
  const { retry, hedge } = policy;
  const ms = (name: 'perTryTimeout' | 'backoffBase' | 'backoffMax', otherwise: number): number => {
    const given = retry?.[name];
    return given === undefined ? otherwise : toMilliseconds(given);
  };
  const baseMs = ms('backoffBase', BACKOFF_BASE_MS);
  const statuses = retry?.statuses ?? [];
  const streams = streamingOf(target) !== undefined;
  return {
    maxRetries: retry?.maxRetries ?? MAX_RETRIES,
    perTryMs: ms('perTryTimeout', Number.POSITIVE_INFINITY),
    // One of the two may be left out: then the other one mustn't turn them round.
    backoff: { baseMs, maxMs: ms('backoffMax', Math.max(BACKOFF_MAX_MS, baseMs)) },
    statuses: new Set(statuses.length === 0 ? STATUSES : statuses),
    budgetPercent: retry?.budgetPercent ?? BUDGET_PERCENT,
    // Two streams for one reader would be twice the work for as long as they last.
    hedge: hedge === undefined || streams ? null : hedgePlan(hedge),
    // What a stream said before it broke can't be taken back: only what nobody worked on is repeated.
    isRepeatable: streams ? () => false : repeatability(target, policy.idempotency?.mode ?? Mode.NONE),
  };
}

const hedgePlan = ({ delay, maxHedges }: NonNullable<Route['policy']['hedge']>): HedgePlan => ({
  delayMs: delay === undefined ? null : toMilliseconds(delay),
  maxHedges: maxHedges === 0 ? MAX_HEDGES : maxHedges,
});

function repeatability(target: UpstreamTarget, mode: Mode): RetryPlan['isRepeatable'] {
  if (target.kind === 'grpc' && target.method.idempotency !== Level.IDEMPOTENCY_UNKNOWN) return () => true;
  const honoursKeys = mode === Mode.OPTIONAL || mode === Mode.REQUIRED;
  return ({ request, headers }) =>
    IDEMPOTENT.has(request.method) || (honoursKeys && getHeader(headers, 'idempotency-key') !== undefined);
}

/** Whether the request can be sent once more: not when somebody has begun to read a body that streams. */
export function canReplay(context: RequestContext): boolean {
  const { body } = context;
  // A gRPC request's message has been made of its body.
  return !context.bodyTaken || body === null || Buffer.isBuffer(body) || context.message !== null;
}
