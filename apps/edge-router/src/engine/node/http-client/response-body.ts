import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { chunkPassed } from '../dead-buffers';

/** A streamed response: when its reader falls behind, the upstream's connection isn't read. */
export class ResponseBody extends Readable {
  private ended = false;

  constructor(private readonly controller: Dispatcher.DispatchController) {
    super({ highWaterMark: 64 * 1_024 });
    // It may break while nobody looks; that is no reason to end the process.
    this.on('error', () => undefined);
  }

  feed(chunk: Buffer): void {
    chunkPassed(chunk.length);
    if (!this.push(chunk)) this.controller.pause();
  }

  end(): void {
    this.ended = true;
    this.push(null);
  }

  override _read(): void {
    this.controller.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    // Not wanted any more: the rest isn't read, so the connection can't be used again.
    if (!this.ended) this.controller.abort(error ?? new Error('the response was not wanted'));
    callback(error);
  }
}
