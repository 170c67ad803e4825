import { Duplex } from 'node:stream';

/** One end of a connection within the process. Back-pressure as usual: a write is done when there is room at the other end. */
class PairEnd extends Duplex {
  peer!: PairEnd;
  /** The other end's write that waits for our reader. */
  private writer: (() => void) | null = null;

  override _read(): void {
    const { writer } = this;
    this.writer = null;
    writer?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.peer.push(chunk)) done();
    else this.peer.writer = done;
  }

  override _final(done: () => void): void {
    this.peer.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    // Whoever leaves in the middle takes the other one along, as a connection that breaks does, even one that isn't read.
    if (!this.writableFinished || !this.readableEnded) this.peer.destroy();
  }
}

/** The two ends of a connection: what is written to one is read from the other. */
export function socketPair(): [Duplex, Duplex] {
  const [one, other] = [new PairEnd(), new PairEnd()];
  [one.peer, other.peer] = [other, one];
  return [one, other];
}
