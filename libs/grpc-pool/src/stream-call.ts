import { type ChannelInterface, type Metadata, type StatusObject, status as GrpcStatus } from '@grpc/grpc-js';
import { callError } from './call-status';
import type { ChannelCall } from './channel-call';
import type { GrpcCallError } from './grpc-call-error';
import { lateStatus, reportStatusLate } from './late-status';
import { MessageQueue } from './message-queue';
import { fromMetadata, toMetadata } from './metadata';
import { SendQueue } from './send-queue';
import type { GrpcStream, HeaderList, StreamOptions } from './types';

/** What a streaming call is made with. */
export interface StreamCallStart {
  readonly channel: ChannelInterface;
  readonly path: string;
  /** Milliseconds since the epoch; Infinity: none. */
  readonly deadline: number;
  readonly options: StreamOptions;
  /** Called once, when the call has its status. @param error null: OK */
  readonly ended: (error: GrpcCallError | null) => void;
}

/** One streaming call on a channel, bytes in and bytes out; of whichever kind: client, server, both. */
export class StreamCall implements GrpcStream {
  readonly headers: Promise<HeaderList>;
  readonly messages: MessageQueue;
  private readonly outgoing: SendQueue;
  private readonly call: ChannelCall;
  private readonly ended: StreamCallStart['ended'];
  private haveHeaders!: (headers: HeaderList) => void;
  private noHeaders!: (error: GrpcCallError) => void;
  private trailing: HeaderList = [];

  /** @throws Error when the metadata has a name or value that gRPC can't carry */
  constructor({ channel, path, deadline, options, ended }: StreamCallStart) {
    const metadata = toMetadata(options.metadata);
    this.ended = ended;
    this.call = channel.createCall(path, deadline, null, null, null);
    this.outgoing = new SendQueue(this.call);
    this.messages = new MessageQueue({ pull: () => this.call.startRead(), cancel: () => this.cancel() });
    this.headers = new Promise((resolve, reject) => {
      this.haveHeaders = resolve;
      this.noHeaders = reject;
    });
    // Whoever only reads messages hears of the failure there.
    this.headers.catch(() => undefined);
    this.call.start(metadata, this);
    this.call.startRead();
    options.onCancel?.(() => this.cancel());
  }

  send(message: Uint8Array): boolean {
    return this.outgoing.send(message);
  }

  onDrain(listener: () => void): void {
    this.outgoing.onDrain(listener);
  }

  end(): void {
    this.outgoing.end();
  }

  trailers(): HeaderList {
    return this.trailing;
  }

  cancel(): void {
    this.cancelWithStatus(GrpcStatus.CANCELLED, 'The caller went away');
  }

  /** Ends the call here, with a status of our own. */
  cancelWithStatus(status: GrpcStatus, details: string): void {
    this.call.cancelWithStatus(status, details);
  }

  /** For the channel. */
  onReceiveMetadata(metadata: Metadata): void {
    reportStatusLate(this.call);
    this.haveHeaders(fromMetadata(metadata));
  }

  /** For the channel. */
  onReceiveMessage(message: Buffer | null): void {
    if (message !== null) this.messages.push(message);
  }

  /** For the channel. */
  onReceiveStatus(reported: StatusObject): void {
    const status = lateStatus(reported);
    this.trailing = fromMetadata(status.metadata);
    const error = status.code === GrpcStatus.OK ? null : callError(status);
    // Without a header block and well: there was nothing to say.
    if (error === null) this.haveHeaders([]);
    else this.noHeaders(error);
    this.outgoing.close();
    this.messages.finish(error);
    this.ended(error);
  }
}
