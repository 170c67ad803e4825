import { type Duplex, pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import type { Clock, Timer } from '@gateway/clock';
import { socketPair } from '../streaming/socket-pair';
import { BREAK_MS, type BodyFault, broken } from './faulty-body';

/** What is wrong with a stream at this moment; null: nothing. */
export type FaultNow = () => BodyFault | null;

/** Passes a stream on as it comes, until a fault breaks it off or slows it down. */
class FaultyPipe extends Transform {
  /** The fault that was there last, and what has passed since it is. */
  private fault: BodyFault | null = null;
  private passed = 0;
  private timer: Timer | null = null;

  constructor(
    private readonly faultNow: FaultNow,
    private readonly clock: Pick<Clock, 'after'>,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const fault = this.faultNow();
    if (fault !== this.fault) [this.fault, this.passed] = [fault, 0];
    if (fault === null) done(null, chunk);
    else if (fault.kind === 'reset') done(broken());
    else if (fault.kind === 'cut') this.cut(chunk, fault.bytes - this.passed, done);
    else this.passSlowly(chunk, fault, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.timer?.cancel();
    done(error);
  }

  private cut(chunk: Buffer, left: number, done: TransformCallback): void {
    this.passed += chunk.length;
    if (chunk.length < left) {
      done(null, chunk);
      return;
    }
    this.push(chunk.subarray(0, left));
    this.later(BREAK_MS, () => done(broken()));
  }

  private passSlowly(chunk: Buffer, fault: Extract<BodyFault, { kind: 'slow' }>, done: TransformCallback): void {
    this.later(this.passed === 0 ? 0 : fault.everyMs, () => {
      const piece = chunk.subarray(0, fault.bytes);
      this.passed += piece.length;
      this.push(piece);
      if (piece.length === chunk.length) done();
      else this.passSlowly(chunk.subarray(piece.length), fault, done);
    });
  }

  private later(ms: number, run: () => void): void {
    this.timer = this.clock.after(ms, run);
  }
}

/** A body with its faults. Destroying it ends what it is read from. */
export function faultyStream(body: Readable, faultNow: FaultNow, clock: Pick<Clock, 'after'>): Readable {
  return pipeline(body, new FaultyPipe(faultNow, clock), () => undefined);
}

/** A tunnel whose answers have faults. One that breaks takes both directions along. */
export function faultyTunnel(tunnel: Duplex, faultNow: FaultNow, clock: Pick<Clock, 'after'>): Duplex {
  const [inner, outer] = socketPair();
  pipeline(tunnel, new FaultyPipe(faultNow, clock), inner, () => undefined);
  pipeline(inner, tunnel, () => undefined);
  return outer;
}
