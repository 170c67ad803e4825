import type { GrpcCallError } from './grpc-call-error';

/** The call that messages are read from. */
export interface MessageSource {
  /** Asks for one more message. */
  pull(): void;
  /** Nobody reads any further. */
  cancel(): void;
}

interface Reader {
  resolve(result: IteratorResult<Buffer, undefined>): void;
  reject(error: GrpcCallError): void;
}

const DONE: IteratorResult<Buffer, undefined> = { done: true, value: undefined };

/** The messages of a call, for one reader. One is fetched ahead; the next not before that one was taken. */
export class MessageQueue implements AsyncIterable<Buffer>, AsyncIterator<Buffer, undefined> {
  private ahead: Buffer | null = null;
  private reader: Reader | null = null;
  private finished = false;
  private error: GrpcCallError | null = null;

  constructor(private readonly source: MessageSource) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws GrpcCallError when the call ended with another status than OK, each time */
  next(): Promise<IteratorResult<Buffer, undefined>> {
    const { ahead } = this;
    if (ahead !== null) {
      this.ahead = null;
      if (!this.finished) this.source.pull();
      return Promise.resolve({ done: false, value: ahead });
    }
    if (this.finished) return this.error === null ? Promise.resolve(DONE) : Promise.reject(this.error);
    return new Promise((resolve, reject) => (this.reader = { resolve, reject }));
  }

  /** Ends the call: the reader left its loop. */
  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.ahead = null;
    if (!this.finished) this.source.cancel();
    return Promise.resolve(DONE);
  }

  /** Takes the message that was asked for. */
  push(message: Buffer): void {
    const { reader } = this;
    if (reader === null) {
      this.ahead = message;
      return;
    }
    this.reader = null;
    this.source.pull();
    reader.resolve({ done: false, value: message });
  }

  /** @param error null: the status was OK */
  finish(error: GrpcCallError | null): void {
    this.finished = true;
    this.error = error;
    const { reader } = this;
    this.reader = null;
    if (error === null) reader?.resolve(DONE);
    else reader?.reject(error);
  }
}
