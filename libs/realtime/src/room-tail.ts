import { ORIGIN, isAfter } from './offset';
import type { LogEntry, RoomLog } from './room-log';

/** Entries of one read: bounds what a busy room holds in memory. */
const READ_COUNT = 200;

/** What a tail tells. */
export interface TailListener {
  /** The next message of the room. Must not throw. */
  entry(room: string, entry: LogEntry): void;
  /** Reading failed; somebody must ask again. */
  failed(room: string, error: unknown): void;
}

/** Follows one room's log from an offset on: every entry once, in order, however often and by whomever it is asked. */
export class RoomTail {
  private position: string | null = null;
  private reading = false;
  private storeLost = false;
  private asked = false;
  private closed = false;

  constructor(
    readonly room: string,
    private readonly log: RoomLog,
    private readonly listener: TailListener,
  ) {}

  /** The offset of the last entry told; null until `begin`. */
  get offset(): string | null {
    return this.position;
  }

  /** Begins at the present. Rejects when the log can't be read. */
  async begin(): Promise<void> {
    this.position = await this.log.last(this.room);
    // A hint may have come before there was a position to read from.
    if (this.asked) this.read();
  }

  /** There may be something new. */
  read(): void {
    this.asked = true;
    if (this.closed || this.position === null || this.reading) return;
    this.reading = true;
    void this.readAll();
  }

  /** The store came back empty: the place in the log must be found anew before anything is read. */
  restart(): void {
    this.storeLost = true;
    this.read();
  }

  /** Whether it needs `read`, whatever is in the log. */
  get stale(): boolean {
    return this.storeLost;
  }

  /** Tells nothing any more. */
  close(): void {
    this.closed = true;
  }

  private async readAll(): Promise<void> {
    try {
      while (this.asked && !this.closed) {
        this.asked = false;
        if (this.storeLost) await this.findPlace();
        const entries = await this.log.after(this.room, this.position ?? ORIGIN, READ_COUNT);
        this.tell(entries);
        if (entries.length === READ_COUNT) this.asked = true;
      }
    } catch (error) {
      this.listener.failed(this.room, error);
    } finally {
      this.reading = false;
    }
  }

  /**
   * What is in the log now is new, unless we have followed it there already. Its offsets are lower than ours when Redis'
   * clock was set back.
   */
  private async findPlace(): Promise<void> {
    const last = await this.log.last(this.room);
    if (this.position !== null && isAfter(this.position, last)) this.position = ORIGIN;
    this.storeLost = false;
  }

  private tell(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (this.closed) return;
      // Before telling: an entry that makes its listener fail must not come again.
      this.position = entry[0];
      this.listener.entry(this.room, entry);
    }
  }
}
