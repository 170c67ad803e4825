import type { Clock, Timer } from '@gateway/clock';
import { GrpcStatus } from '@gateway/errors';
import { GrpcCallError, type GrpcStream, type HeaderList } from '@gateway/grpc-pool';

/** The service's part of a made-up call: what it hears, and how it takes its time. It does one thing at a time. */
export interface MockedCall {
  /**
   * What the client says next; null: it has said everything.
   * @throws GrpcCallError when the call was ended
   */
  hear(): Promise<Uint8Array | null>;
  /** @throws GrpcCallError when the call was ended */
  wait(ms: number): Promise<void>;
}

/** Says what the service says, message by message, as they are taken. What it throws is what the call fails with. */
export type MockScript = (call: MockedCall) => AsyncGenerator<Uint8Array, void>;

/** How a made-up call runs. */
export interface MockStreamOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Milliseconds for the call as a whole; absent: as long as it takes. */
  readonly deadlineMs?: number;
  /** Whether the head leaves before anything is said, as it does where clients say any number of things. */
  readonly headAtOnce: boolean;
}

const callError = (status: number, details: string): GrpcCallError => new GrpcCallError(status, details, false, []);
const left = (): GrpcCallError => callError(GrpcStatus.CANCELLED, 'The caller went away');
const tooLate = (): GrpcCallError => callError(GrpcStatus.DEADLINE_EXCEEDED, 'The deadline has passed');

/** Messages of a client that may wait to be heard. */
const ROOM = 16;

/** A call of a service that isn't there, for whoever writes the streams of those that are. */
export class MockStream implements GrpcStream, MockedCall {
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
    script: MockScript,
    private readonly options: MockStreamOptions,
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

  async hear(): Promise<Uint8Array | null> {
    while (this.said.length === 0 && !this.saidAll) await this.sleep();
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
      while (!over) await this.sleep();
    } finally {
      timer.cancel();
    }
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
    this.ended ??= why;
    this.deadline?.cancel();
    this.wake?.();
    this.makeRoom();
  }

  private makeRoom(): void {
    const { roomMade } = this;
    this.roomMade = null;
    roomMade?.();
  }
}
