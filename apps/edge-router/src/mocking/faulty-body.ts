import { Readable } from 'node:stream';
import type { Clock, Timer } from '@gateway/clock';
import type { Fault } from '@gateway/mocking';

/** How long what was sent has to leave before the connection breaks, in milliseconds. */
export const BREAK_MS = 10;

/** The faults of a body. */
export type BodyFault = Extract<Fault, { kind: 'reset' | 'cut' | 'slow' }>;

/** Whether a fault is one of the body. */
export const isBodyFault = (fault: Fault | null): fault is BodyFault =>
  fault !== null && fault.kind !== 'grpc' && fault.kind !== 'http';

/** A body that breaks off, or takes its time. */
export class FaultyBody extends Readable {
  private sent = 0;
  private timer: Timer | null = null;

  constructor(
    private readonly bytes: Buffer,
    private readonly fault: BodyFault,
    private readonly clock: Pick<Clock, 'after'>,
  ) {
    super();
    // Before a byte of the answer has left: the client sees no more than a connection that broke.
    if (fault.kind === 'reset') this.destroy(broken());
  }

  override _read(): void {
    const { fault } = this;
    if (fault.kind === 'reset') return;
    const size = fault.bytes;
    if (fault.kind === 'cut') {
      if (this.sent === 0 && size > 0) this.send(size);
      else this.later(BREAK_MS, () => this.destroy(broken()));
      return;
    }
    this.later(this.sent === 0 ? 0 : fault.everyMs, () => this.send(size));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.timer?.cancel();
    done(error);
  }

  private send(size: number): void {
    const piece = this.bytes.subarray(this.sent, this.sent + size);
    this.sent += piece.length;
    this.push(piece.length === 0 ? null : piece);
  }

  private later(ms: number, run: () => void): void {
    this.timer = this.clock.after(ms, run);
  }
}

/** What a body ends with that a scenario breaks off. */
export const broken = (): Error => new Error('a scenario broke the connection');
