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
