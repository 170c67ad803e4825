import { type ErrorCode, GatewayError } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { type EdgeResponse, getHeader } from '@gateway/pipeline';
import { parsePushback, parseRetryAfter } from '@gateway/resilience';
import { isNeverSent } from './never-sent';
import { outcomeOfError } from './outcome';

/** Why another attempt is made; the label of a metric. */
export type RetryReason = 'refused' | 'failed' | 'timeout' | 'status' | 'circuit_open' | 'overloaded';

/** The end of an attempt that another attempt may make good. */
export interface AttemptFailure {
  readonly reason: RetryReason;
  /** The service certainly didn't process the request: it may be repeated whatever it is. */
  readonly unprocessed: boolean;
  /** Only another endpoint can do better: this one was not even asked. */
  readonly elsewhere: boolean;
  /** What the service asks to wait, in milliseconds; Infinity: it asks not to come again. Null: it doesn't say. */
  readonly waitMs: number | null;
}

const failure = (
  reason: RetryReason,
  waitMs: number | null,
  { unprocessed = false, elsewhere = false }: Partial<AttemptFailure> = {},
): AttemptFailure => ({ reason, unprocessed, elsewhere, waitMs });

/** What the gateway itself refused because of one instance: another one may have room. */
const OF_INSTANCE: Partial<Record<ErrorCode, RetryReason>> = {
  GW_CIRCUIT_OPEN: 'circuit_open',
  GW_UPSTREAM_OVERLOADED: 'overloaded',
  GW_OVERLOADED: 'overloaded',
};

/** The cause of GW_UPSTREAM_OVERLOADED when no instance would make a difference. */
export const ROUTE_IS_FULL = 'as many calls of the route run as its policy allows';

/**
 * What is wrong with an attempt that threw; null: nothing that another attempt would do better.
 * @param statuses the HTTP statuses that are worth another attempt
 */
export function failureOfError(error: unknown, statuses: ReadonlySet<number>): AttemptFailure | null {
  if (!(error instanceof GatewayError)) return null;
  const { cause, code } = error;
  const reason = OF_INSTANCE[code];
  if (reason !== undefined)
    return cause === ROUTE_IS_FULL ? null : failure(reason, 0, { unprocessed: true, elsewhere: true });
  if (cause instanceof GrpcCallError) return failureOfCall(error, cause, statuses);
  const { kind } = outcomeOfError(error);
  if (kind === 'refused') return failure('refused', null, { unprocessed: true });
  if (kind !== 'failed') return null;
  return failure(code === 'GW_TIMEOUT' ? 'timeout' : 'failed', null, { unprocessed: isNeverSent(cause) });
}

function failureOfCall(error: GatewayError, call: GrpcCallError, statuses: ReadonlySet<number>): AttemptFailure | null {
  const { kind, why } = outcomeOfError(error);
  const waitMs = pushbackOf(call);
  if (kind === 'refused') return failure('refused', waitMs, { unprocessed: true });
  if (why !== 'transport' && !statuses.has(error.definition.status)) return null;
  return failure(error.code === 'GW_TIMEOUT' ? 'timeout' : 'failed', waitMs);
}

/** What a gRPC service asks to wait before a retry, in milliseconds; Infinity: not to retry. Null: it doesn't say. */
export function pushbackOf({ trailers }: GrpcCallError): number | null {
  const value = getHeader(trailers, 'grpc-retry-pushback-ms');
  return value === undefined ? null : (parsePushback(value) ?? Number.POSITIVE_INFINITY);
}

/**
 * What is wrong with an answer; null: nothing that another attempt would do better.
 * @param now milliseconds since the Unix epoch
 */
export function failureOfResponse(
  { status, headers }: EdgeResponse,
  statuses: ReadonlySet<number>,
  now: () => number,
): AttemptFailure | null {
  if (!statuses.has(status)) return null;
  const value = getHeader(headers, 'retry-after');
  return failure('status', value === undefined ? null : parseRetryAfter(value, now()));
}
