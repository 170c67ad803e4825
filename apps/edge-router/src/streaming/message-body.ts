import { Readable } from 'node:stream';
import type { Message } from '@bufbuild/protobuf';
import type { Clock, Timer } from '@gateway/clock';
import { asGatewayError, type GatewayError, type Problem } from '@gateway/errors';
import type { MessageSource } from './message-source';
import type { StreamFormat } from './stream-format';
import { within } from './within';

/** How long a service may say nothing, in milliseconds. */
const IDLE_MS = 300_000;
/** How often a client is shown that a quiet stream is alive, in milliseconds. */
const KEEP_ALIVE_MS = 15_000;

/** What the body of a stream is made of. */
export interface MessageBodyParts {
  /** The first message, which has been waited for; null: the stream is empty. */
  readonly first: Message | null;
  /** The messages behind the first. */
  readonly source: MessageSource;
  readonly format: StreamFormat;
  /** How many messages stand before the first: those that the client has read of an earlier body. */
  readonly counted: number;
  readonly clock: Pick<Clock, 'after' | 'every'>;
  /** What the client is told of a failure. */
  readonly problemOf: (failure: GatewayError) => Problem;
}

/**
 * The body of a stream: each message is written when it comes, and the next one is asked for when the client has taken what
 * there was. Destroying it ends the call.
 */
export class MessageBody extends Readable {
  /** What the call failed with; null: nothing so far. */
  failure: GatewayError | null = null;
  private asking = false;
  private count: number;
  private keepAlive: Timer | null = null;

  constructor(private readonly parts: MessageBodyParts) {
    super();
    const { first, format, clock, counted } = parts;
    this.count = counted;
    if (format.opening !== null) this.push(format.opening);
    if (first === null) this.push(null);
    else this.write(first);
    if (format.keepAlive !== null) this.keepAlive = clock.every(KEEP_ALIVE_MS, () => this.sayNothing());
  }

  override _read(): void {
    // What is pushed beside the messages has Node ask again.
    if (this.asking || this.readableEnded) return;
    this.asking = true;
    void this.ask();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.keepAlive?.cancel();
    // After its end this changes nothing.
    this.parts.source.cancel();
    done(error);
  }

  private async ask(): Promise<void> {
    const { source, clock } = this.parts;
    try {
      const message = await within(IDLE_MS, clock, source.next());
      this.asking = false;
      if (this.destroyed) return;
      if (message === null) this.push(null);
      else this.write(message);
    } catch (error) {
      if (!this.destroyed) this.fail(asGatewayError(error));
    }
  }

  private write(message: Message): void {
    this.push(this.parts.format.message(message, ++this.count));
  }

  private fail(failure: GatewayError): void {
    const { format, problemOf } = this.parts;
    this.failure = failure;
    const last = format.failure(problemOf(failure));
    if (last === null) {
      this.destroy(failure);
      return;
    }
    this.push(last);
    this.push(null);
  }

  /** Not to a client that hasn't taken what there is. */
  private sayNothing(): void {
    if (this.readableLength === 0 && !this.readableEnded) this.push(this.parts.format.keepAlive);
  }
}
