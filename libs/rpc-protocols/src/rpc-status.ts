import { create, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { type GenMessage } from '@bufbuild/protobuf/codegenv2';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { googleRpc, RpcStatusSchema } from '@gateway/contracts';
import { type FieldError, type GatewayError } from '@gateway/errors';
import { fieldOfPointer } from './field-path';

/** One detail of a status: an encoded message and its type. */
export interface StatusDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** How a call failed, as every RPC protocol can say it. */
export interface RpcStatus {
  /** gRPC status code, 1 to 16. */
  readonly code: number;
  readonly message: string;
  readonly details: readonly StatusDetail[];
}

/** The domain of `ErrorInfo` in the gateway's own errors; its reasons are the codes of the error table. */
export const ERROR_DOMAIN = 'gateway';

/**
 * The status of an error. A service's own status keeps its code and its details; the gateway's errors have an `ErrorInfo`,
 * and a `BadRequest` and a `RetryInfo` where there is something to say.
 * @param input the request message: field paths are written in its names
 */
export function rpcStatusOf(error: GatewayError, input?: DescMessage): RpcStatus {
  const { code, definition, context, message } = error;
  const { grpcStatus, details, errors = [], retryAfter } = context;
  if (grpcStatus !== undefined) return { code: grpcStatus, message, details: details ?? [] };
  const own = [
    pack(googleRpc.ErrorInfoSchema, { reason: code, domain: ERROR_DOMAIN }),
    ...(errors.length === 0 ? [] : [badRequest(errors, input)]),
    ...(retryAfter === undefined ? [] : [retryInfo(retryAfter)]),
  ];
  return { code: definition.grpc, message, details: own };
}

/** The status as `grpc-status-details-bin` carries it, without base64. */
export function encodeStatus({ code, message, details }: RpcStatus): Buffer {
  const status = create(RpcStatusSchema, {
    code,
    message,
    details: details.map(({ typeUrl, value }) => ({ typeUrl, value })),
  });
  return Buffer.from(toBinary(RpcStatusSchema, status));
}

function pack<Message extends GenMessage<MessageShape<DescMessage>>>(schema: Message, init: object): StatusDetail {
  return anyPack(schema, create(schema, init as never));
}

const badRequest = (errors: readonly FieldError[], input: DescMessage | undefined): StatusDetail =>
  pack(googleRpc.BadRequestSchema, {
    fieldViolations: errors.map(({ pointer, rule, detail }) => ({
      field: fieldOfPointer(pointer, input),
      description: detail,
      reason: rule,
    })),
  });

const retryInfo = (seconds: number): StatusDetail =>
  pack(googleRpc.RetryInfoSchema, { retryDelay: { seconds: BigInt(Math.ceil(seconds)), nanos: 0 } });
