import { type ErrorContext, GatewayError } from './gateway-error';
import { GrpcStatus, type ErrorCode } from './table';

/**
 * What a service's gRPC status means to a REST caller: the canonical table of google.rpc.Code.
 * RESOURCE_EXHAUSTED of a service is its own limit; UNAVAILABLE means that it couldn't be reached.
 */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  [GrpcStatus.CANCELLED]: 'GW_CLIENT_CLOSED',
  [GrpcStatus.UNKNOWN]: 'GW_UPSTREAM_ERROR',
  [GrpcStatus.INVALID_ARGUMENT]: 'GW_BAD_REQUEST',
  [GrpcStatus.DEADLINE_EXCEEDED]: 'GW_TIMEOUT',
  [GrpcStatus.NOT_FOUND]: 'GW_NOT_FOUND',
  [GrpcStatus.ALREADY_EXISTS]: 'GW_CONFLICT',
  [GrpcStatus.PERMISSION_DENIED]: 'GW_FORBIDDEN',
  [GrpcStatus.RESOURCE_EXHAUSTED]: 'GW_RATE_LIMITED',
  [GrpcStatus.FAILED_PRECONDITION]: 'GW_FAILED_PRECONDITION',
  [GrpcStatus.ABORTED]: 'GW_ABORTED',
  [GrpcStatus.OUT_OF_RANGE]: 'GW_BAD_REQUEST',
  [GrpcStatus.UNIMPLEMENTED]: 'GW_NOT_IMPLEMENTED',
  [GrpcStatus.INTERNAL]: 'GW_UPSTREAM_ERROR',
  [GrpcStatus.UNAVAILABLE]: 'GW_UNAVAILABLE',
  [GrpcStatus.DATA_LOSS]: 'GW_UPSTREAM_ERROR',
  [GrpcStatus.UNAUTHENTICATED]: 'GW_UNAUTHENTICATED',
};

/** The statuses whose message is written for the caller; the others may carry a service's internals. */
const SPEAKS_TO_CALLER = new Set<number>([
  GrpcStatus.INVALID_ARGUMENT,
  GrpcStatus.NOT_FOUND,
  GrpcStatus.ALREADY_EXISTS,
  GrpcStatus.PERMISSION_DENIED,
  GrpcStatus.RESOURCE_EXHAUSTED,
  GrpcStatus.FAILED_PRECONDITION,
  GrpcStatus.ABORTED,
  GrpcStatus.OUT_OF_RANGE,
  GrpcStatus.UNIMPLEMENTED,
  GrpcStatus.UNAUTHENTICATED,
]);

/**
 * The error that answers a service's failed gRPC call.
 * @param status the call's gRPC status, not OK
 * @param message the status message; shown to the caller only for statuses that speak to it
 * @param more what the occurrence adds, such as the client's own error as the cause, and the status for gRPC callers
 */
export function fromGrpcStatus(
  status: number,
  message: string,
  more: Omit<ErrorContext, 'detail'> = { cause: { status, message } },
): GatewayError {
  const code = BY_STATUS[status] ?? 'GW_UPSTREAM_ERROR';
  const detail = SPEAKS_TO_CALLER.has(status) && message !== '' ? message : undefined;
  return new GatewayError(code, { detail, ...more });
}
