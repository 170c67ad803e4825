import { GrpcCallError, type GrpcStream } from '@gateway/grpc-pool';

/** A call that the test plays the service of. */
export class ScriptedStream implements GrpcStream {
  readonly sent: Uint8Array[] = [];
  ended = false;
  cancelled = false;
  /** What `send` answers. */
  hasRoom = true;
  headers: Promise<string[]> = Promise.resolve([]);
  private readonly said: (Buffer | GrpcCallError | null)[] = [];
  private wake: (() => void) | null = null;
  private drain: (() => void) | null = null;

  readonly messages: AsyncIterable<Buffer> = {
    [Symbol.asyncIterator]: () => ({ next: () => this.next() }),
  };

  /** The service says something, ends with an error, or with OK (null). */
  say(...what: (Uint8Array | GrpcCallError | null)[]): void {
    for (const each of what) this.said.push(each === null || each instanceof GrpcCallError ? each : Buffer.from(each));
    this.wake?.();
  }

  /** There is room again. */
  makeRoom(): void {
    this.hasRoom = true;
    this.drain?.();
  }

  send(message: Uint8Array): boolean {
    this.sent.push(message);
    return this.hasRoom;
  }

  onDrain(listener: () => void): void {
    if (this.hasRoom) listener();
    else this.drain = listener;
  }

  end(): void {
    this.ended = true;
  }

  trailers(): string[] {
    return [];
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.say(new GrpcCallError(1, 'The caller went away', false, []));
  }

  private async next(): Promise<IteratorResult<Buffer, undefined>> {
    while (this.said.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    const next = this.said.shift()!;
    if (next instanceof GrpcCallError) throw next;
    return next === null ? { done: true, value: undefined } : { done: false, value: next };
  }
}
