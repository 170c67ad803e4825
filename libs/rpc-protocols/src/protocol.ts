import type { FieldList } from './metadata';
import type { RpcStatus } from './rpc-status';

/** How messages are written. */
export type MessageCodec = 'proto' | 'json';

/** The protocols by which RPC clients call. */
export type ProtocolName = 'grpc' | 'grpc-web' | 'grpc-web-text' | 'connect' | 'connect-stream';

/** What a protocol reads of a request. */
export interface RpcRequest {
  readonly headers: FieldList;
  /** Without `?`. */
  readonly query: string;
  /** Null: there is none. */
  readonly body: Buffer | null;
}

/** A response, ready to be sent. */
export interface RpcAnswer {
  readonly status: number;
  readonly headers: FieldList;
  readonly body: Buffer | null;
  /** Sent after the body, as HTTP trailers. */
  readonly trailers?: FieldList;
}

/** A service's metadata that pass to the client. */
export interface RpcMetadata {
  readonly headers: FieldList;
  readonly trailers: FieldList;
}

/** One way in which RPC clients speak. Stateless; knows bytes and headers, but no message. */
export interface RpcProtocol {
  readonly name: ProtocolName;
  /** Whether a call of one message and one answer can be made by it. */
  readonly unary: boolean;
  /** Bytes of the body of a unary call whose message has at most `limit` bytes. */
  bodyBytes(limit: number): number;
  /**
   * Milliseconds that the client gives the call; Infinity: it doesn't say.
   * @throws GatewayError GW_BAD_REQUEST
   */
  timeoutMs(headers: FieldList): number;
  /**
   * The encoded message of a unary call.
   * @param limit bytes of it, decompressed
   * @throws, or rejects with, GatewayError GW_BAD_BODY, GW_BODY_TOO_LARGE, GW_NOT_IMPLEMENTED (an unknown compression)
   */
  readUnary(request: RpcRequest, limit: number): Buffer | Promise<Buffer>;
  /** The answer to a unary call that succeeded. */
  answerUnary(message: Uint8Array, codec: MessageCodec, metadata: RpcMetadata): RpcAnswer;
  /**
   * The answer to a call that failed before it was answered.
   */
  refuse(status: RpcStatus, codec: MessageCodec): RpcAnswer;
}

/** How one client speaks. */
export interface RpcFormat {
  readonly protocol: RpcProtocol;
  readonly codec: MessageCodec;
}

/** The first value of a field. */
export function fieldOf(fields: FieldList, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}
