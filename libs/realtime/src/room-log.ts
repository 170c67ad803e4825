import { readStream, readStreamEnd, type RedisClient, type RedisScript, type StreamEntry } from '@gateway/redis';
import { APPEND } from './append.lua';
import { ORIGIN } from './offset';

/** How much of a room is kept. */
export interface RoomLogLimits {
  /** Messages, about: Redis trims whole blocks. */
  readonly messages: number;
  /** How long after its last message a room's log lives, in ms. */
  readonly lifeMs: number;
}

/** A follower that falls further behind than this loses messages; a silent room's log goes after ten minutes. */
export const ROOM_LOG_LIMITS: RoomLogLimits = { messages: 2_000, lifeMs: 600_000 };

/** A stored message: where it stands, and its text. */
export type LogEntry = readonly [offset: string, text: string];

/** A room's log in Redis: the bounded stream `gw:{ws:<room>}:log`. Rejects with what the client rejects. */
export class RoomLog {
  private readonly appendScript: RedisScript<string>;

  constructor(
    private readonly redis: RedisClient,
    private readonly limits: RoomLogLimits = ROOM_LOG_LIMITS,
  ) {
    this.appendScript = redis.defineScript({ name: 'appendRoomMessage', lua: APPEND });
  }

  /** The log's key, and the name of the channel that hints at it. */
  static key(room: string): string {
    return `gw:{ws:${room}}:log`;
  }

  /** Appends a message and hints at it. @returns its offset */
  append(room: string, text: string): Promise<string> {
    return this.appendScript([RoomLog.key(room)], [text, this.limits.messages, this.limits.lifeMs]);
  }

  /** The offset of the newest message; ORIGIN when there is none. */
  async last(room: string): Promise<string> {
    const [newest] = await readStreamEnd(this.redis, RoomLog.key(room), 1);
    return newest?.id ?? ORIGIN;
  }

  /** The messages after an offset, oldest first, at most `count`. */
  async after(room: string, offset: string, count: number): Promise<LogEntry[]> {
    const entries = await readStream(this.redis, RoomLog.key(room), { from: offset, inclusive: false, count });
    return entries.map(({ id, fields }: StreamEntry) => [id, fields[1] ?? '']);
  }

  /** Which of these rooms have messages after their offsets: one round trip for all of them. */
  async behind(rooms: readonly { room: string; offset: string }[]): Promise<string[]> {
    const keys = rooms.map(({ room }) => RoomLog.key(room));
    const offsets = rooms.map(({ offset }) => offset);
    const streams = await this.redis.command<unknown[] | null>('XREAD', 'COUNT', 1, 'STREAMS', ...keys, ...offsets);
    // RESP3's map of streams comes flat: key, entries, key, entries.
    const found = new Set(streams?.filter((_, index) => index % 2 === 0));
    return rooms.map(({ room }) => room).filter((room) => found.has(RoomLog.key(room)));
  }
}
