import type { Duplex } from 'node:stream';

/** Frames of RFC 6455 §5.2, as a client writes and reads them. */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A short masked frame. */
export function clientFrame(opcode: number, payload: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(payload);
  if (bytes.length > 125) throw new Error('short frames only');
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = bytes.map((byte, index) => byte ^ mask[index % 4]!);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | bytes.length]), mask, masked]);
}

/** A frame as it was read. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Reads what a server writes, in short frames. */
export class FrameReader {
  private rest = Buffer.alloc(0);

  constructor(private readonly from: Duplex) {}

  /** The whole frames that have come since the last time. */
  read(): Frame[] {
    for (let chunk = this.from.read() as Buffer | null; chunk !== null; chunk = this.from.read() as Buffer | null)
      this.rest = Buffer.concat([this.rest, chunk]);
    const frames: Frame[] = [];
    for (let end = this.frameEnd(); end <= this.rest.length; end = this.frameEnd()) {
      frames.push({ opcode: this.rest[0]! & 0x0f, payload: this.rest.subarray(2, end) });
      this.rest = this.rest.subarray(end);
    }
    return frames;
  }

  private frameEnd(): number {
    return this.rest.length < 2 ? Infinity : 2 + (this.rest[1]! & 0x7f);
  }
}
