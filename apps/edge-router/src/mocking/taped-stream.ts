import type { GrpcStream, HeaderList } from '@gateway/grpc-pool';

/** Who hears what is said in a stream. Must neither throw nor make anybody wait. */
export interface StreamEar {
  heard(message: Uint8Array): void;
  said(message: Uint8Array): void;
  ended(): void;
  broke(error: unknown): void;
  left(): void;
}

/** A stream of a service that somebody hears: it is passed on message by message, as its reader takes it. */
export class TapedStream implements GrpcStream {
  readonly headers: Promise<HeaderList>;
  readonly messages: AsyncIterable<Buffer>;

  constructor(
    private readonly stream: GrpcStream,
    private readonly ear: StreamEar,
  ) {
    this.headers = stream.headers;
    // What fails before its head may have no reader of messages.
    stream.headers.catch((error: unknown) => ear.broke(error));
    this.messages = this.listen();
  }

  send(message: Uint8Array): boolean {
    this.ear.heard(message);
    return this.stream.send(message);
  }

  onDrain(listener: () => void): void {
    this.stream.onDrain(listener);
  }

  end(): void {
    this.stream.end();
  }

  trailers(): HeaderList {
    return this.stream.trailers();
  }

  cancel(): void {
    this.ear.left();
    this.stream.cancel();
  }

  private async *listen(): AsyncGenerator<Buffer, void> {
    const { stream, ear } = this;
    try {
      for await (const message of stream.messages) {
        ear.said(message);
        yield message;
      }
      ear.ended();
    } catch (error) {
      ear.broke(error);
      throw error;
    } finally {
      // After the end it changes nothing.
      ear.left();
    }
  }
}
