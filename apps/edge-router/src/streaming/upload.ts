import { asGatewayError, type GatewayError } from '@gateway/errors';
import type { GrpcStream } from '@gateway/grpc-pool';

/** Makes what is sent of what the client said. @throws GatewayError when it can't be */
export type ToWire = (said: Buffer) => Uint8Array;

/** Sends what a client says, as fast as the service takes it. */
export class Upload {
  /** Why it ended before the client did; null: it didn't. */
  failure: GatewayError | null = null;
  private stopped = false;

  constructor(
    private readonly stream: Pick<GrpcStream, 'send' | 'onDrain' | 'end' | 'cancel'>,
    private readonly toWire: ToWire,
  ) {}

  /** Resolves when the client has said everything, or nobody listens any more. A failure cancels the call. */
  async run(said: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const each of said) {
        if (this.stopped) return;
        if (!this.stream.send(this.toWire(each))) await this.room();
      }
      this.stream.end();
    } catch (error) {
      if (this.stopped) return;
      this.failure = asGatewayError(error);
      this.stream.cancel();
    }
  }

  /** The service has heard enough: the rest isn't read. */
  stop(): void {
    this.stopped = true;
  }

  private room(): Promise<void> {
    return new Promise((resolve) => this.stream.onDrain(resolve));
  }
}
