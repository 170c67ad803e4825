import { type ChannelInterface, type Metadata, type StatusObject, status as GrpcStatus } from '@grpc/grpc-js';
import { callError } from './call-status';
import { GrpcCallError } from './grpc-call-error';
import { fromMetadata, toMetadata } from './metadata';
import { asBuffer } from './message-bytes';
import type { UnaryOptions, UnaryResult } from './types';

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

  onReceiveStatus(status: StatusObject): void {
    this.ended();
    if (status.code !== GrpcStatus.OK) {
      this.reject(callError(status));
      return;
    }
    const trailers = fromMetadata(status.metadata);
    if (this.bytes === null)
      this.reject(new GrpcCallError(GrpcStatus.INTERNAL, 'The server sent no message', false, trailers));
    else this.resolve({ bytes: this.bytes, headers: fromMetadata(this.headers), trailers });
  }
}
