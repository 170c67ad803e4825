import { GatewayError } from '@gateway/errors';

/**
 * One length-prefixed piece of a body: gRPC's message, gRPC-Web's message or trailers, Connect's envelope. On the wire one
 * byte of flags, four of length (big-endian), then the data.
 */
export interface Frame {
  readonly flags: number;
  readonly data: Buffer;
}

/** The data is compressed. */
export const COMPRESSED = 0x01;
/** Connect: the data is the end of the stream. */
export const END_OF_STREAM = 0x02;
/** gRPC-Web: the data is the trailers. */
export const TRAILERS = 0x80;

/** Bytes before the data of a frame. */
export const PREFIX_BYTES = 5;

/** A frame as it is sent. */
export function frame(flags: number, data: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + data.length);
  bytes[0] = flags;
  bytes.writeUInt32BE(data.length, 1);
  bytes.set(data, PREFIX_BYTES);
  return bytes;
}

/** Cuts a body, however it is split into chunks, into frames. Holds at most one frame and one chunk. */
export class FrameReader {
  private held: Buffer[] = [];
  private heldBytes = 0;

  /** @param limit bytes of one frame's data; known from its prefix, so that nothing larger is ever held */
  constructor(private readonly limit: number) {}

  /**
   * The frames that a chunk completes.
   * @throws GatewayError GW_BODY_TOO_LARGE as soon as a frame announces more than the limit
   */
  *push(chunk: Buffer): Generator<Frame> {
    let rest = this.take(chunk);
    for (;;) {
      const length = rest.length < PREFIX_BYTES ? Number.POSITIVE_INFINITY : this.lengthOf(rest);
      if (rest.length < PREFIX_BYTES + length) break;
      const end = PREFIX_BYTES + length;
      yield { flags: rest[0]!, data: rest.subarray(PREFIX_BYTES, end) };
      rest = rest.subarray(end);
    }
    if (rest.length > 0) this.hold(rest);
  }

  /**
   * The body is over.
   * @throws GatewayError GW_BAD_BODY when that is in the middle of a frame
   */
  end(): void {
    if (this.heldBytes > 0) throw new GatewayError('GW_BAD_BODY', { detail: 'The body ends within a message' });
  }

  /** Joins what is held with a chunk, but not before that completes something: joining each piece would be quadratic. */
  private take(chunk: Buffer): Buffer {
    if (this.heldBytes === 0) return chunk;
    this.hold(chunk);
    if (this.heldBytes < this.needed()) return Buffer.alloc(0);
    const joined = Buffer.concat(this.held, this.heldBytes);
    this.held = [];
    this.heldBytes = 0;
    return joined;
  }

  private hold(bytes: Buffer): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
  }

  /** Bytes that what is held needs to be worth a look. */
  private needed(): number {
    if (this.heldBytes < PREFIX_BYTES) return PREFIX_BYTES;
    if (this.held[0]!.length < PREFIX_BYTES) this.held = [Buffer.concat(this.held, this.heldBytes)];
    return PREFIX_BYTES + this.lengthOf(this.held[0]!);
  }

  private lengthOf(bytes: Buffer): number {
    const length = bytes.readUInt32BE(1);
    if (length > this.limit)
      throw new GatewayError('GW_BODY_TOO_LARGE', { detail: `A message is larger than ${this.limit} bytes` });
    return length;
  }
}

/**
 * The one frame of a unary call's body.
 * @throws GatewayError GW_BAD_BODY when there are none or several, GW_BODY_TOO_LARGE
 */
export function onlyFrame(body: Buffer, limit: number): Frame {
  const reader = new FrameReader(limit);
  const frames = [...reader.push(body)];
  reader.end();
  const [only] = frames;
  if (only === undefined || frames.length > 1)
    throw new GatewayError('GW_BAD_BODY', { detail: `A unary call has one message, this has ${frames.length}` });
  return only;
}
