import type { ChannelCall } from './channel-call';
import { asBuffer } from './message-bytes';

/** More waiting bytes than that, and the sender is asked to wait. grpc-js holds up to 256 KiB of its own below. */
const HIGH_WATER_BYTES = 64 * 1_024;

/** Messages on their way out. grpc-js takes one at a time, and would lose a second. */
export class SendQueue {
  private readonly waiting: Buffer[] = [];
  private bytes = 0;
  private busy = false;
  private ending = false;
  private closed = false;
  private drained: (() => void)[] = [];

  constructor(private readonly call: Pick<ChannelCall, 'sendMessageWithContext' | 'halfClose'>) {}

  /** False: wait for `onDrain`. What is sent after the end goes nowhere. */
  send(message: Uint8Array): boolean {
    if (this.ending || this.closed) return true;
    this.waiting.push(asBuffer(message));
    this.bytes += message.length;
    this.next();
    return this.bytes <= HIGH_WATER_BYTES;
  }

  /** Calls back once, when nothing waits any more, or nobody takes it any more. */
  onDrain(listener: () => void): void {
    if (this.isDrained) listener();
    else this.drained.push(listener);
  }

  end(): void {
    if (this.ending || this.closed) return;
    this.ending = true;
    if (this.waiting.length === 0) this.call.halfClose();
  }

  /** The call has ended. */
  close(): void {
    this.closed = true;
    this.waiting.length = 0;
    this.tellDrained();
  }

  private get isDrained(): boolean {
    return this.closed || this.waiting.length === 0;
  }

  private next(): void {
    if (this.busy) return;
    const message = this.waiting.shift();
    if (message === undefined) return;
    this.busy = true;
    this.bytes -= message.length;
    this.call.sendMessageWithContext({ callback: () => this.sent() }, message);
    if (this.ending && this.waiting.length === 0) this.call.halfClose();
  }

  private sent(): void {
    if (this.closed) return;
    this.busy = false;
    this.next();
    if (this.isDrained) this.tellDrained();
  }

  private tellDrained(): void {
    const listeners = this.drained;
    this.drained = [];
    for (const listener of listeners) listener();
  }
}
