import type { Clock, Timer } from '@gateway/clock';
import { readStream, type RedisClient, type RedisScript, type StreamEntry } from '@gateway/redis';
import type { Gap, Revision } from './event-bus';
import { OPEN_STREAM_LUA } from './open-stream.lua';
import { compareRevisions } from './revision';

/** Between two reads without a hint, in ms: what a lost hint costs. */
const READ_EVERY_MS = 250;
const BATCH = 500;

/** What a reader tells. */
export interface StreamListener {
  /** It has found its place, the stream's end: what was before is not its business. */
  opened?(): void;
  entry(entry: StreamEntry): void;
  gap(gap: Gap): void;
}

/**
 * Follows a stream from its end, by revision. Its place is anchored on the entry that it read last: as long as that
 * entry is still there, nothing after it can have been trimmed or lost.
 */
export class StreamReader {
  /** Everything up to here was handed on. */
  position: Revision | null = null;
  /** Start of the last read that reached the stream's end: what was appended before it was handed on. */
  private caughtUpAt = -Infinity;
  private anchored = false;
  private reading = false;
  private wanted = false;
  private readonly openStream: RedisScript<Revision>;
  private readonly ticker: Timer;

  constructor(
    private readonly redis: RedisClient,
    private readonly key: string,
    private readonly clock: Clock,
    private readonly listener: StreamListener,
  ) {
    this.openStream = redis.defineScript({ name: 'gatewayOpenStream', lua: OPEN_STREAM_LUA });
    this.ticker = clock.every(READ_EVERY_MS, () => this.wake());
  }

  /** Reads now; when a read is under way, once more after it. */
  wake(): void {
    this.wanted = true;
    if (this.reading) return;
    this.reading = true;
    this.readAll().then(
      () => (this.reading = false),
      () => (this.reading = false), // Redis is away: the ticker tries again
    );
  }

  /** Milliseconds since everything on the stream was known to be read. */
  lagMs(): number {
    return this.clock.monotonic() - this.caughtUpAt;
  }

  stop(): void {
    this.ticker.cancel();
    this.wanted = false;
  }

  private async readAll(): Promise<void> {
    while (this.wanted) {
      this.wanted = false;
      const startedAt = this.clock.monotonic();
      const atEnd = this.position === null ? await this.start() : await this.readOn(this.position);
      if (atEnd) this.caughtUpAt = startedAt;
      else this.wanted = true;
    }
  }

  private async start(): Promise<boolean> {
    this.position = await this.openStream([this.key], []);
    this.anchored = true;
    this.listener.opened?.();
    return true;
  }

  /** @returns whether the stream's end was reached */
  private async readOn(position: Revision): Promise<boolean> {
    const found = await readStream(this.redis, this.key, {
      from: position,
      inclusive: this.anchored,
      count: BATCH,
    });
    const anchorHeld = this.anchored && found[0]?.id === position;
    const entries = anchorHeld ? found.slice(1) : found;
    if (this.anchored && !anchorHeld) await this.reportGap(position, entries);
    for (const entry of entries) this.handOn(entry);
    return found.length < BATCH;
  }

  private handOn(entry: StreamEntry): void {
    this.position = entry.id;
    this.anchored = true;
    this.listener.entry(entry);
  }

  private async reportGap(from: Revision, entries: readonly StreamEntry[]): Promise<void> {
    const to = entries[0]?.id ?? (await this.placeAfterLoss(from));
    this.listener.gap({ from, to });
  }

  /** Nothing was left. Entries that were appended since that read are still handed on: the place stays before them. */
  private async placeAfterLoss(from: Revision): Promise<Revision> {
    const newest = await this.openStream([this.key], []);
    this.anchored = compareRevisions(newest, from) <= 0;
    this.position = this.anchored ? newest : from;
    this.wanted = true;
    return newest;
  }
}
