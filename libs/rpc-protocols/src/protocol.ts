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
  /** How it carries streams; null: it doesn't. */
  readonly streams: StreamProtocol | null;
  /** Bytes of the body of a unary call whose message has at most `limit` bytes. */
  bodyBytes(limit: number): number;
  /**
   * Milliseconds that the client gives the call; Infinity: it doesn't say.
   * @throws GatewayError GW_BAD_REQUEST
   */
  timeoutMs(headers: FieldList): number;
  /**
   * The encoded message of a call whose client has one.
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

/** How a stream ends. */
export interface StreamEnd {
  /** The last piece of the body; null: it has none of its own. */
  readonly frame: Buffer | null;
  /** Sent after the body, as HTTP trailers; null: none. */
  readonly trailers: FieldList | null;
}

/** How a protocol carries any number of messages. */
export interface StreamProtocol {
  /** Whether clients may stream, too. */
  readonly fromClient: boolean;
  /** The fields that the answer begins with; its HTTP status is 200. */
  head(codec: MessageCodec): FieldList;
  /** One message of the answer's body. */
  message(bytes: Uint8Array): Buffer;
  /** @param status what the call failed with; null: it succeeded */
  end(status: RpcStatus | null, trailers: FieldList): StreamEnd;
  /**
   * The client's messages as they come.
   * @param limit bytes of each, decompressed
   * @throws GatewayError GW_BAD_BODY, GW_BODY_TOO_LARGE, GW_NOT_IMPLEMENTED, and what reading the body throws
   */
  read(body: AsyncIterable<Buffer>, headers: FieldList, limit: number): AsyncIterable<Buffer>;
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
