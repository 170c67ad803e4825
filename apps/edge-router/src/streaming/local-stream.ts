import type { Clock, Timer } from '@gateway/clock';
import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError, type GrpcStream, type HeaderList } from '@gateway/grpc-pool';

/** The service's part of a call that is answered here: what it hears, and how it waits. It does one thing at a time. */
export interface LocalCall {
  /**
   * What the client says next; null: it has said everything.
   * @throws GrpcCallError when the call was ended
   */
  hear(): Promise<Uint8Array | null>;
  /** @throws GrpcCallError when the call was ended */
  wait(ms: number): Promise<void>;
  /**
   * Until something is so. Looked at when the client says something, and at each `nudge`.
   * @throws GrpcCallError when the call was ended
   */
  until(isSo: () => boolean): Promise<void>;
  /** Has what is waited for be looked at again. */
  nudge(): void;
}

/** Says what the service says, message by message, as they are taken. What it throws is what the call fails with. */
export type LocalScript = (call: LocalCall) => AsyncGenerator<Uint8Array, void>;

/** How a call runs. */
export interface LocalStreamOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Milliseconds for the call as a whole; absent: as long as it takes. */
  readonly deadlineMs?: number;
  /** Whether the head leaves before anything is said, as it does where clients say any number of things. */
  readonly headAtOnce: boolean;
  /** Called once, when the call is over. */
  readonly onEnd?: () => void;
}

const callError = (status: number, details: string): GrpcCallError => new GrpcCallError(status, details, false, []);
const left = (): GrpcCallError => callError(GrpcStatus.CANCELLED, 'The caller went away');
const tooLate = (): GrpcCallError => callError(GrpcStatus.DEADLINE_EXCEEDED, 'The deadline has passed');

/** Messages of a client that may wait to be heard. */
const ROOM = 16;

/**
 * A call that this process answers itself, in the place of a service or as one, for whoever writes the streams of services.
 * However it ends, its script ends, too: what it holds can be given back in a `finally`.
 */
export class LocalStream implements GrpcStream, LocalCall {
  readonly headers: Promise<HeaderList>;
  readonly messages: AsyncIterable<Buffer>;
  private readonly script: AsyncGenerator<Uint8Array, void>;
  private readonly said: Uint8Array[] = [];
  private saidAll = false;
  /** Why nothing more is said; null: the call runs. */
  private ended: GrpcCallError | null = null;
  private wake: (() => void) | null = null;
  private roomMade: (() => void) | null = null;
  private readonly deadline: Timer | null;

  constructor(
    script: LocalScript,
    private readonly options: LocalStreamOptions,
  ) {
    const { clock, deadlineMs, headAtOnce } = options;
    this.deadline = deadlineMs === undefined ? null : clock.after(deadlineMs, () => this.fail(tooLate()));
    this.script = script(this);
    // One message is made ahead, as one of a service is fetched ahead: the head may have to wait for it.
    const first = this.script.next();
    this.headers = headAtOnce ? Promise.resolve([]) : first.then(() => []);
    // Whoever reads the messages is told.
    this.headers.catch(() => undefined);
    first.catch(() => undefined);
    this.messages = this.read(first);
  }

  send(message: Uint8Array): boolean {
    if (this.saidAll || this.ended !== null) return true;
    this.said.push(message);
    this.wake?.();
    return this.said.length < ROOM;
  }

  onDrain(listener: () => void): void {
    if (this.said.length === 0 || this.ended !== null) listener();
    else this.roomMade = listener;
  }

  end(): void {
    this.saidAll = true;
    this.wake?.();
  }

  trailers(): HeaderList {
    return [];
  }

  cancel(): void {
    this.fail(left());
  }

  /** Ends the call from this side. What the script is about to say, it may say. */
  abort(why: GrpcCallError): void {
    this.fail(why);
  }

  async hear(): Promise<Uint8Array | null> {
    await this.until(() => this.said.length > 0 || this.saidAll);
    const next = this.said.shift() ?? null;
    if (this.said.length === 0) this.makeRoom();
    return next;
  }

  async wait(ms: number): Promise<void> {
    if (ms === 0) return;
    let over = false;
    const timer = this.options.clock.after(ms, () => {
      over = true;
      this.wake?.();
    });
    try {
      await this.until(() => over);
    } finally {
      timer.cancel();
    }
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.sleep();
  }

  nudge(): void {
    this.wake?.();
  }

  private async *read(first: Promise<IteratorResult<Uint8Array, void>>): AsyncGenerator<Buffer, void> {
    try {
      for (let next = await first; next.done !== true; next = await this.script.next()) {
        yield Buffer.from(next.value);
        if (this.ended !== null) throw this.ended;
      }
    } finally {
      this.fail(left());
    }
  }

  /** Until something happens. */
  private async sleep(): Promise<void> {
    if (this.ended === null) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.ended !== null) throw this.ended;
  }

  private fail(why: GrpcCallError): void {
    if (this.ended !== null) return;
    this.ended = why;
    this.deadline?.cancel();
    this.wake?.();
    this.makeRoom();
    // One that has said something which nobody takes would wait there for ever. Its own failure has been told.
    this.script.return().catch(() => undefined);
    this.options.onEnd?.();
  }

  private makeRoom(): void {
    const { roomMade } = this;
    this.roomMade = null;
    roomMade?.();
  }
}
