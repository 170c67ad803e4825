import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';

/** Metadata as a flat list of names and values, names lower case. Values of `-bin` names are base64. */
export type HeaderList = string[];

/** A gRPC server. Equal `address` and `expect` share connections. */
export interface GrpcEndpoint {
  /** `host:port`. */
  readonly address: string;
  /** The SPIFFE id that the server's certificate must have. */
  readonly expect: string;
}

/** Options of one unary call. */
export interface UnaryOptions {
  /**
   * Milliseconds from now until the call fails with DEADLINE_EXCEEDED; sent to the server as `grpc-timeout`. Infinity: no
   * deadline; 0 or less: it has passed.
   */
  readonly deadlineMs: number;
  readonly metadata?: HeaderList;
  /** Registers what ends the call early, with CANCELLED. */
  onCancel?(listener: () => void): void;
}

/** The answer to a unary call with status OK. */
export interface UnaryResult {
  /** The response message, still encoded. */
  readonly bytes: Buffer;
  readonly headers: HeaderList;
  readonly trailers: HeaderList;
}

/** Options of one streaming call. */
export interface StreamOptions extends Omit<UnaryOptions, 'deadlineMs'> {
  /** As for a unary call, but for the call as a whole, its last message included. Absent: none. */
  readonly deadlineMs?: number;
}

/** A streaming call: the client streams, the server does, or both. Messages are encoded. */
export interface GrpcStream {
  /**
   * Sends a message. False: more than 64 KiB wait to be sent, wait for `onDrain` before sending more. After the end it
   * does nothing.
   */
  send(message: Uint8Array): boolean;
  /** Calls back once, when there is room again or the call has ended; at once, when nothing waits. */
  onDrain(listener: () => void): void;
  /** Half-closes: the client has said everything. */
  end(): void;
  /**
   * The service's messages in order, for one reader. One is fetched ahead, the next not before that one was taken: a slow
   * reader makes the service wait. Ends with status OK; throws GrpcCallError for any other, behind the messages that came
   * before it. Leaving the loop cancels the call.
   */
  readonly messages: AsyncIterable<Buffer>;
  /** Initial metadata: resolves with the first header block, rejects with GrpcCallError when the call ends without. */
  readonly headers: Promise<HeaderList>;
  /** Trailing metadata: known when the messages have ended, empty before. */
  trailers(): HeaderList;
  /** Ends the call with CANCELLED, and tells the service so. */
  cancel(): void;
}

/** Makes the credentials for a server with that identity. Asked once for each endpoint, and again after its release. */
export type CredentialsFor = (expect: string) => { credentials: ChannelCredentials; options?: ChannelOptions };

/** Gauges of one connection. */
export interface ChannelStats {
  readonly address: string;
  readonly expect: string;
  /** idle, connecting, ready, transient_failure, shutdown */
  readonly state: string;
  readonly inFlight: number;
}
