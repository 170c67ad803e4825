import type { Clock, Timer } from '@gateway/clock';
import type { RoomLog } from './room-log';
import type { RoomTail } from './room-tail';

/** What a sweep works on. */
export interface RoomSweepOptions {
  readonly clock: Clock;
  readonly log: RoomLog;
  readonly tails: () => Iterable<RoomTail>;
  readonly failed: (error: unknown) => void;
}

/** How often every followed room is looked at, in ms: a lost hint costs less than a second. */
const EVERY_MS = 700;

/** How long requests for a sweep are collected, in ms: a burst of new rooms needs one, not one each. */
const SOON_MS = 50;

/** Rooms per look: bounds one command. */
const BATCH = 250;

/** Finds the rooms whose hints were lost, and has them read. */
export class RoomSweep {
  private readonly regular: Timer;
  private pending: Timer | null = null;
  private running = false;
  private closed = false;

  constructor(private readonly options: RoomSweepOptions) {
    this.regular = options.clock.every(EVERY_MS, () => void this.run());
  }

  /** Sweeps within a moment: hints may have been lost. */
  soon(): void {
    this.pending ??= this.options.clock.after(SOON_MS, () => {
      this.pending = null;
      // One that runs may have passed the room in question already.
      if (this.running) this.soon();
      else void this.run();
    });
  }

  /** Ends it. */
  close(): void {
    this.closed = true;
    this.regular.cancel();
    this.pending?.cancel();
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    const { tails, failed } = this.options;
    try {
      const begun = [...tails()].filter((tail) => tail.offset !== null);
      for (let from = 0; from < begun.length && !this.closed; from += BATCH)
        await this.look(begun.slice(from, from + BATCH));
    } catch (error) {
      failed(error);
    } finally {
      this.running = false;
    }
  }

  private async look(tails: readonly RoomTail[]): Promise<void> {
    const positions = tails.map(({ room, offset }) => ({ room, offset: offset! }));
    const behind = new Set(await this.options.log.behind(positions));
    for (const tail of tails) if (tail.stale || behind.has(tail.room)) tail.read();
  }
}
