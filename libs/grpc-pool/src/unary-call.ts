import { type ChannelInterface, type Metadata, type StatusObject, status as GrpcStatus } from '@grpc/grpc-js';
import { GrpcCallError } from './grpc-call-error';
import { fromMetadata, toMetadata } from './metadata';
import type { UnaryOptions, UnaryResult } from './types';

/** What grpc-js says when it never handed the call to a connection, or the server gave the stream back unread. */
const NEVER_PROCESSED =
  /^(No connection established|Name resolution failed|Channel closed before call started|Stream refused by server)/;

/** What it says, as INTERNAL, when Node had closed the connection already: there was no stream. */
const NEVER_SENT =
  /internal client error: (The session has been destroyed|New streams cannot be created after receiving a GOAWAY)$/;

const isRefused = (code: GrpcStatus, details: string): boolean =>
  (code === GrpcStatus.UNAVAILABLE && NEVER_PROCESSED.test(details)) ||
  (code === GrpcStatus.INTERNAL && NEVER_SENT.test(details));

/** A call that can be ended before its status has come. */
export interface StoppableCall {
  cancelWithStatus(status: GrpcStatus, details: string): void;
}

/**
 * One unary call on a channel, bytes in and bytes out. It drives the channel's own call object: grpc-js's `Client` would
 * add an emitter, an interceptor chain and two captured stack traces to each call.
 * @param deadline milliseconds since the epoch
 * @param waiting where the call is listed until it has ended; null when it has a connection already
 * @throws GrpcCallError
 */
export function callUnary(
  channel: ChannelInterface,
  path: string,
  request: Uint8Array,
  deadline: number,
  options: UnaryOptions,
  waiting: Set<StoppableCall> | null,
): Promise<UnaryResult> {
  const metadata = toMetadata(options.metadata);
  return new Promise((resolve, reject) => {
    const call = channel.createCall(path, deadline, null, null, null);
    const answer = new UnaryAnswer(resolve, reject, () => waiting?.delete(call));
    waiting?.add(call);
    call.start(metadata, answer);
    call.startRead();
    call.sendMessageWithContext({}, asBuffer(request));
    call.halfClose();
    options.onCancel?.(() => call.cancelWithStatus(GrpcStatus.CANCELLED, 'The caller went away'));
  });
}

/** Gathers what the channel reports about a call until its status settles it. */
class UnaryAnswer {
  private headers: Metadata | null = null;
  private bytes: Buffer | null = null;

  constructor(
    private readonly resolve: (result: UnaryResult) => void,
    private readonly reject: (error: GrpcCallError) => void,
    private readonly ended: () => void,
  ) {}

  onReceiveMetadata(metadata: Metadata): void {
    this.headers = metadata;
  }

  onReceiveMessage(message: Buffer): void {
    this.bytes = message;
  }

  onReceiveStatus({ code, details, metadata }: StatusObject): void {
    this.ended();
    const trailers = fromMetadata(metadata);
    if (code !== GrpcStatus.OK) {
      this.reject(new GrpcCallError(code, details, isRefused(code, details), trailers));
    } else if (this.bytes === null) {
      this.reject(new GrpcCallError(GrpcStatus.INTERNAL, 'The server sent no message', false, trailers));
    } else this.resolve({ bytes: this.bytes, headers: fromMetadata(this.headers), trailers });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
