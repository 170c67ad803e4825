import type { Message } from '@bufbuild/protobuf';
import type { GrpcStream } from '@gateway/grpc-pool';
import type { Transcoder } from '@gateway/transcoding';
import type { MessageSource } from '../streaming/message-source';
import type { Upload } from '../streaming/upload';
import type { RequestContext } from './context';
import type { CheckMessage } from './stages/validate';

/** How the messages of one route's service are read. */
export interface MessageReading {
  readonly transcoder: Pick<Transcoder, 'fromWire'>;
  /** What a call's failure is to the client. */
  readonly failureOf: (error: unknown) => unknown;
  /** Null: they may be anything. */
  readonly check: CheckMessage | null;
}

/** The messages of one call as the client may see them: decoded and checked; behind the last one, what its end calls for. */
export class ServiceMessages implements MessageSource {
  private readonly messages: AsyncIterator<Uint8Array>;

  constructor(
    private readonly stream: GrpcStream,
    private readonly context: RequestContext,
    private readonly reading: MessageReading,
    private readonly upload: Pick<Upload, 'failure' | 'stop'> | null = null,
  ) {
    this.messages = stream.messages[Symbol.asyncIterator]();
  }

  async next(): Promise<Message | null> {
    const { context, reading } = this;
    const result = await this.take();
    if (result.done === true) {
      this.upload?.stop();
      await context.atStreamEnd?.();
      return null;
    }
    const message = reading.transcoder.fromWire(result.value);
    context.responseMessage = message;
    reading.check?.(context, message);
    return message;
  }

  cancel(): void {
    this.upload?.stop();
    this.stream.cancel();
  }

  private async take(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.messages.next();
    } catch (error) {
      this.upload?.stop();
      // What the client said is the reason, the end of the call what came of it.
      throw this.upload?.failure ?? this.reading.failureOf(error);
    }
  }
}
