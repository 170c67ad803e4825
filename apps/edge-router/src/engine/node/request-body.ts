import { Readable } from 'node:stream';

/**
 * The streamed body of a request: what the consumer reads is what is read from the connection. Unlike the message it
 * stands for it may be destroyed without destroying the connection, which still has to carry the answer.
 */
export class RequestBody extends Readable {
  private started = false;

  /**
   * @param source the message or stream to read from; nothing else may read it
   * @param onFirstRead called when somebody wants the body: the time to send `100 Continue`
   */
  constructor(
    private readonly source: Readable,
    private readonly onFirstRead: (() => void) | null,
  ) {
    super({ highWaterMark: 64 * 1_024 });
    // A client may go away while nobody reads; that is no reason to end the process.
    this.on('error', () => undefined);
    source.once('close', () => this.sourceClosed());
    source.once('error', (error) => this.destroy(error));
  }

  override _read(): void {
    if (this.started) this.source.resume();
    else this.start();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.source.removeListener('data', this.onData);
    this.source.pause();
    callback(error);
  }

  private start(): void {
    this.started = true;
    this.onFirstRead?.();
    this.source.on('data', this.onData);
    this.source.once('end', () => this.push(null));
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.source.pause();
  };

  private sourceClosed(): void {
    if (!this.readableEnded && !this.source.readableEnded) this.destroy(new Error('The client went away'));
  }
}

/**
 * Reads a whole body whose length is known to be small.
 * @param done called once, with null when the client went away before the end
 */
export function collectBody(source: Readable, done: (body: Buffer | null) => void): void {
  let chunks: Buffer | Buffer[] | null = null;
  let settled = false;
  const settle = (body: Buffer | null): void => {
    if (settled) return;
    settled = true;
    done(body);
  };
  source.on('data', (chunk: Buffer) => {
    if (chunks === null) chunks = chunk;
    else if (Array.isArray(chunks)) chunks.push(chunk);
    else chunks = [chunks, chunk];
  });
  source.on('end', () => settle(Array.isArray(chunks) ? Buffer.concat(chunks) : (chunks ?? Buffer.alloc(0))));
  source.on('error', () => settle(null));
  source.on('close', () => settle(null));
}
