import { type ErrorCode, GatewayError, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import type { EdgeResponse, ResponseEnd } from '@gateway/pipeline';
import { isNobodyThere } from './never-sent';

/**
 * How an attempt at an endpoint ended, as far as the endpoint is to blame.
 *
 * - `ok`: it answered. Its 500 and the gRPC errors that a service means don't speak against the instance.
 * - `failed`: it cost time and came to nothing: 502, 503 or 504 of an HTTP upstream, a reset, a broken protocol, a timeout;
 *   gRPC UNAVAILABLE and DEADLINE_EXCEEDED, and INTERNAL or UNKNOWN of the transport.
 * - `refused`: there was no connection: the request certainly wasn't processed.
 * - `neutral`: says nothing: the client left, or the gateway itself refused.
 */
export type OutcomeKind = 'ok' | 'failed' | 'refused' | 'neutral';

/** How an attempt ended, and why: a word or two of few different values, fit for logs and reports. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly why: string;
}

const OK: Outcome = { kind: 'ok', why: 'answered' };
/** What a proxy or a server that can't serve answers (RFC 9110 §15.6.3 to §15.6.5). */
const FAILED_STATUS: Readonly<Record<number, Outcome>> = {
  502: { kind: 'failed', why: 'status 502' },
  503: { kind: 'failed', why: 'status 503' },
  504: { kind: 'failed', why: 'status 504' },
};

/** The outcome of an attempt that has the head of an answer. */
export const outcomeOf = ({ status }: EdgeResponse): Outcome => FAILED_STATUS[status] ?? OK;

/** The outcome of an attempt whose answer has ended: one that the upstream broke off has failed after all. */
export function outcomeAtEnd(response: EdgeResponse, { complete }: ResponseEnd): Outcome {
  const failure = response.failure?.() ?? null;
  if (failure !== null) return outcomeOfError(failure);
  const { body } = response;
  if (complete || body === null || Buffer.isBuffer(body)) return outcomeOf(response);
  return body.errored === null ? outcomeOf(response) : outcomeOfError(body.errored);
}

/** The outcome of an attempt that threw. */
export function outcomeOfError(error: unknown): Outcome {
  if (!(error instanceof GatewayError)) return { kind: 'neutral', why: 'gateway' };
  const { cause } = error;
  if (cause instanceof GrpcCallError) return outcomeOfCall(cause);
  return { kind: kindOf(error), why: error.code };
}

function kindOf(error: GatewayError): OutcomeKind {
  if (error.code === 'GW_UPSTREAM_REFUSED') return isNobodyThere(error.cause) ? 'refused' : 'failed';
  return FAILURES.has(error.code) ? 'failed' : 'neutral';
}

const FAILURES = new Set<ErrorCode>(['GW_UPSTREAM_PROTOCOL', 'GW_TIMEOUT']);

function outcomeOfCall({ status, details, refused }: GrpcCallError): Outcome {
  if (refused) return { kind: 'refused', why: 'refused' };
  if (status === GrpcStatus.UNAVAILABLE) return { kind: 'failed', why: 'UNAVAILABLE' };
  if (status === GrpcStatus.DEADLINE_EXCEEDED) return { kind: 'failed', why: 'DEADLINE_EXCEEDED' };
  if (status === GrpcStatus.CANCELLED) return { kind: 'neutral', why: 'CANCELLED' };
  return OF_TRANSPORT.test(details) ? { kind: 'failed', why: 'transport' } : OK;
}

/** What the gRPC client says of a call that ended without a status of the service. */
const OF_TRANSPORT =
  /^(Received (RST_STREAM|HTTP status code)|Bandwidth exhausted|Protocol not secure|The server sent no message)/;
