import { create, createRegistry, type DescMessage, type MessageShape, type Registry, toJson } from '@bufbuild/protobuf';
import { AnySchema, anyUnpack } from '@bufbuild/protobuf/wkt';
import { googleRpc } from '@gateway/contracts';
import { type ErrorDetail, type FieldError, fromGrpcStatus, GrpcStatus } from '@gateway/errors';
import { GrpcCallError } from '@gateway/grpc-pool';
import { getHeader } from '@gateway/pipeline';
import { pointerOfField, type StatusDetail, statusDetails } from '@gateway/rpc-protocols';
import { requestPointers } from '../validation/request-pointers';
import { pushbackOf } from './attempt-failure';
import { toMilliseconds } from './duration';
import type { GrpcTarget, Route } from './route';

const { BadRequestSchema, DebugInfoSchema, RetryInfoSchema } = googleRpc;

/** Names the type of a detail; what stands before the slash means nothing. */
const typeOf = ({ typeUrl }: StatusDetail): string => typeUrl.slice(typeUrl.lastIndexOf('/') + 1);

const isOf = (detail: StatusDetail, { typeName }: DescMessage): boolean => typeOf(detail) === typeName;

/**
 * What a service's failed call means to the route's callers. RPC clients get its status and its details as they are; REST
 * clients get wrong fields as `errors[]`, a time to wait as `retryAfter`, and the other details as JSON. Stack traces
 * (DebugInfo) are for nobody. What is no failed call stays what it is.
 */
export function serviceErrors(
  { template }: Route,
  { method, registry, binding }: GrpcTarget,
): (error: unknown) => unknown {
  const types = createRegistry(registry, googleRpc.file_google_rpc_error_details);
  const variables = template.variables.map(({ path }) => path);
  const toCaller = requestPointers({ input: method.input, variables, body: binding.body });
  const fieldErrors = (detail: StatusDetail): FieldError[] =>
    (unpack(detail, BadRequestSchema)?.fieldViolations ?? []).map(({ field, reason, description }) =>
      toCaller({ pointer: pointerOfField(field, method.input), rule: reason || 'service', detail: description }),
    );

  return (error) => {
    if (!(error instanceof GrpcCallError)) return error;
    const { status, refused } = error;
    const said = statusDetails(getHeader(error.trailers, 'grpc-status-details-bin')).filter(
      (detail) => !isOf(detail, DebugInfoSchema),
    );
    const errors = said.filter((detail) => isOf(detail, BadRequestSchema)).flatMap(fieldErrors);
    return fromGrpcStatus(status, error.details, {
      cause: error,
      retryAfter: retryAfter(error, said),
      ...(errors.length > 0 && { errors }),
      ...(said.length > 0 && { details: said.map((detail) => shown(detail, types)) }),
      // One that no service was asked for is the gateway's own.
      ...(!refused && { grpcStatus: isStatus(status) ? status : GrpcStatus.UNKNOWN }),
    });
  };
}

const isStatus = (status: number): boolean => status > GrpcStatus.OK && status <= GrpcStatus.UNAUTHENTICATED;

/** Seconds after which a service wants its caller back: by the field for gRPC clients, else by a detail. */
function retryAfter(error: GrpcCallError, said: readonly StatusDetail[]): number | undefined {
  const pushbackMs = pushbackOf(error);
  if (pushbackMs !== null) return Number.isFinite(pushbackMs) ? Math.ceil(pushbackMs / 1_000) : undefined;
  const info = said.find((detail) => isOf(detail, RetryInfoSchema));
  const delay = info === undefined ? undefined : unpack(info, RetryInfoSchema)?.retryDelay;
  const ms = delay === undefined ? Number.NaN : toMilliseconds(delay);
  return ms >= 0 ? Math.ceil(ms / 1_000) : undefined;
}

/** Undefined when it can't be decoded. */
function unpack<Desc extends DescMessage>(detail: StatusDetail, schema: Desc): MessageShape<Desc> | undefined {
  try {
    return anyUnpack(anyOf(detail), schema);
  } catch {
    return undefined;
  }
}

const anyOf = ({ typeUrl, value }: StatusDetail) => create(AnySchema, { typeUrl, value });

function shown(detail: StatusDetail, types: Registry): ErrorDetail {
  const elsewhere = isOf(detail, BadRequestSchema) || isOf(detail, RetryInfoSchema);
  return { ...detail, json: elsewhere ? null : jsonOf(detail, types) };
}

/** A detail as JSON; of a type that nobody here knows, or that it isn't after all, the name. */
function jsonOf(detail: StatusDetail, registry: Registry): object {
  try {
    return toJson(AnySchema, anyOf(detail), { registry }) as object;
  } catch {
    return { '@type': detail.typeUrl };
  }
}
