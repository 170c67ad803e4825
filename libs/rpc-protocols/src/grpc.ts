import { decompress, ACCEPTED_ENCODINGS } from './compression';
import { COMPRESSED, frame, onlyFrame, PREFIX_BYTES } from './frames';
import type { FieldList } from './metadata';
import { fieldOf, type MessageCodec, type RpcProtocol } from './protocol';
import { encodeStatus, type RpcStatus } from './rpc-status';
import { encodeStatusMessage } from './status-message';
import { grpcTimeoutMs } from './timeouts';

/**
 * gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Answers are HTTP 200 whatever
 * happened; the status stands in the trailers, or, when there is no message, in the head ("Trailers-Only").
 */
export const grpc: RpcProtocol = {
  name: 'grpc',
  unary: true,
  bodyBytes: (limit) => limit + PREFIX_BYTES,
  timeoutMs: (headers) => grpcTimeoutMs(fieldOf(headers, 'grpc-timeout')),
  readUnary: ({ headers, body }, limit) => grpcMessage(headers, body, limit),
  answerUnary: (message, codec, { headers, trailers }) => ({
    status: 200,
    headers: [...grpcHead('application/grpc', codec), ...headers],
    body: frame(0, message),
    trailers: ['grpc-status', '0', ...trailers],
  }),
  refuse: (status, codec) => ({
    status: 200,
    headers: [...grpcHead('application/grpc', codec), ...statusFields(status)],
    body: null,
  }),
};

/** The fields that answers of the gRPC family begin with. */
export const grpcHead = (type: string, codec: MessageCodec): FieldList => [
  'content-type',
  `${type}+${codec}`,
  'grpc-accept-encoding',
  ACCEPTED_ENCODINGS,
];

/** The fields in which a status is told. Details are left out when there are none. */
export function statusFields(status: RpcStatus): FieldList {
  const fields = ['grpc-status', String(status.code), 'grpc-message', encodeStatusMessage(status.message)];
  // gRPC wants base64 without padding.
  const details = (): string => encodeStatus(status).toString('base64').replace(/=+$/, '');
  return status.details.length === 0 ? fields : [...fields, 'grpc-status-details-bin', details()];
}

/** The one message of a body of the gRPC family. */
export function grpcMessage(headers: FieldList, body: Buffer | null, limit: number): Buffer | Promise<Buffer> {
  const { flags, data } = onlyFrame(body ?? Buffer.alloc(0), limit);
  return (flags & COMPRESSED) === 0 ? data : decompress(compressionOf(headers), data, limit);
}

/** A message that is compressed without saying how is compressed in a way that nobody knows. */
const compressionOf = (headers: FieldList): string => fieldOf(headers, 'grpc-encoding') ?? 'unknown';
