import { Readable } from 'node:stream';
import { chunkPassed } from './dead-buffers';

/**
 * The streamed body of a request: what the consumer reads is what is read from the connection. Unlike the message it
 * stands for it may be destroyed without destroying the connection, which still has to carry the answer.
 */
export class RequestBody extends Readable {
  private started = false;

  /**
   * @param source the message or stream to read from; nothing else may read it
   * @param broken whether the source ended early; asked at its end
   * @param onFirstRead called when somebody wants the body: the time to send `100 Continue`
   */
  constructor(
    private readonly source: Readable,
    private readonly broken: () => boolean,
    private readonly onFirstRead: (() => void) | null,
  ) {
    super({ highWaterMark: 64 * 1_024 });
    // A client may go away while nobody reads; that is no reason to end the process.
    this.on('error', () => undefined);
    source.once('close', () => this.sourceClosed());
    source.once('error', (error) => this.destroy(error));
  }

  /** The rest will never come. */
  giveUp(): void {
    if (!this.readableEnded) this.destroy(new Error('The client went away'));
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
    this.source.once('end', () => this.sourceEnded());
  }

  private readonly onData = (chunk: Buffer): void => {
    chunkPassed(chunk.length);
    if (!this.push(chunk)) this.source.pause();
  };

  /** Node ends an HTTP/2 stream properly when its connection breaks: half an upload must not pass for a whole one. */
  private sourceEnded(): void {
    if (this.broken()) this.giveUp();
    else this.push(null);
  }

  private sourceClosed(): void {
    if (!this.source.readableEnded) this.giveUp();
  }
}

/**
 * Reads a whole body whose length is known to be small.
 * @param length its bytes; one that has fewer broke off
 * @param done called once, with null when the client went away before the end
 * @returns a function that gives up
 */
export function collectBody(source: Readable, length: number, done: (body: Buffer | null) => void): () => void {
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
  source.on('end', () => {
    const body = Array.isArray(chunks) ? Buffer.concat(chunks) : chunks;
    settle(body?.length === length ? body : null);
  });
  source.on('error', () => settle(null));
  source.on('close', () => settle(null));
  return () => settle(null);
}
