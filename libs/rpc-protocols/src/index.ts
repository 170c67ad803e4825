export { ACCEPTED_ENCODINGS, decompress } from './compression';
export { connect, connectStream, endOfStream } from './connect';
export { fieldOfPointer, pointerOfField } from './field-path';
export { COMPRESSED, END_OF_STREAM, type Frame, frame, FrameReader, onlyFrame, PREFIX_BYTES, TRAILERS } from './frames';
export { grpc, statusFields } from './grpc';
export { grpcWeb, grpcWebText, trailerFrame } from './grpc-web';
export { type FieldList, publicMetadata } from './metadata';
export type {
  MessageCodec,
  ProtocolName,
  RpcAnswer,
  RpcFormat,
  RpcMetadata,
  RpcProtocol,
  RpcRequest,
  StreamEnd,
  StreamProtocol,
} from './protocol';
export { statusDetails } from './read-status';
export { formatOfCall, formatOfType, RPC_TYPES } from './recognize';
export { ERROR_DOMAIN, encodeStatus, rpcStatusOf, type RpcStatus, type StatusDetail } from './rpc-status';
export { encodeStatusMessage } from './status-message';
export { connectTimeoutMs, grpcTimeoutMs } from './timeouts';
