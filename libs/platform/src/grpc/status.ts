import { Metadata, status as GrpcCode, type StatusObject } from '@grpc/grpc-js';
import { RpcException } from '@nestjs/microservices';
import { create, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { RpcStatusSchema } from '@gateway/contracts';
import { type ErrorDetail, GatewayError, toProblem } from '@gateway/errors';

/** What grpc-js sends when a handler fails with it. */
export type GrpcFailure = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

/** Trailer with the platform's error code, such as `GW_CONFLICT`. */
export const ERROR_CODE_TRAILER = 'x-gateway-code';

/** Trailer with the whole `google.rpc.Status`, when an error has details. */
export const STATUS_DETAILS_TRAILER = 'grpc-status-details-bin';

/**
 * The status that answers a failed call: a GatewayError's own, an RpcException's own, else INTERNAL without a word about
 * what happened inside.
 */
export function grpcFailureOf(error: unknown): GrpcFailure {
  if (error instanceof RpcException) return fromRpcException(error);
  const problem = toProblem(error);
  const metadata = new Metadata();
  metadata.set(ERROR_CODE_TRAILER, problem.code);
  const code = error instanceof GatewayError ? error.definition.grpc : GrpcCode.INTERNAL;
  const details = problem.detail ?? problem.title;
  if (error instanceof GatewayError && error.context.details !== undefined)
    metadata.set(STATUS_DETAILS_TRAILER, statusOf(code, details, error.context.details));
  return { code, details, metadata };
}

/** The status with its details, as gRPC carries it: bytes of google.rpc.Status. */
function statusOf(code: GrpcCode, message: string, details: readonly ErrorDetail[]): Buffer {
  const any = details.map(({ typeUrl, value }) => create(AnySchema, { typeUrl, value }));
  return Buffer.from(toBinary(RpcStatusSchema, create(RpcStatusSchema, { code, message, details: any })));
}

/** Whether the failure is ours: it is logged as an error. */
export const isOurFault = (error: unknown): boolean =>
  !(error instanceof RpcException) && !(error instanceof GatewayError && error.code !== 'GW_INTERNAL');

function fromRpcException(exception: RpcException): GrpcFailure {
  const error = exception.getError();
  const metadata = new Metadata();
  if (typeof error === 'string') return { code: GrpcCode.UNKNOWN, details: error, metadata };
  const { code, details, message } = error as { code?: number; details?: string; message?: string };
  return { code: code ?? GrpcCode.UNKNOWN, details: details ?? message ?? exception.message, metadata };
}
