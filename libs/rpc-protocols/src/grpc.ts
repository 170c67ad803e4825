import { decompress, ACCEPTED_ENCODINGS } from './compression';
import { COMPRESSED, frame, onlyFrame, PREFIX_BYTES } from './frames';
import type { FieldList } from './metadata';
import { readMessages, UNNAMED } from './read-messages';
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
  streams: {
    fromClient: true,
    head: (codec) => grpcHead('application/grpc', codec),
    message: (bytes) => frame(0, bytes),
    end: (status, trailers) => ({ frame: null, trailers: endFields(status, trailers) }),
    read: (body, headers, limit) => readMessages(body, fieldOf(headers, 'grpc-encoding'), limit),
  },
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

/** The trailers of an answer. */
export const endFields = (status: RpcStatus | null, trailers: FieldList): FieldList =>
  status === null ? ['grpc-status', '0', ...trailers] : [...statusFields(status), ...trailers];

/** The one message of a body of the gRPC family. */
export function grpcMessage(headers: FieldList, body: Buffer | null, limit: number): Buffer | Promise<Buffer> {
  const { flags, data } = onlyFrame(body ?? Buffer.alloc(0), limit);
  return (flags & COMPRESSED) === 0 ? data : decompress(fieldOf(headers, 'grpc-encoding') ?? UNNAMED, data, limit);
}
