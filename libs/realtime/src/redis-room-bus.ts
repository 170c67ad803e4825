import type { Clock } from '@gateway/clock';
import { GatewayError } from '@gateway/errors';
import { RedisReplyError, RedisUnavailableError, type RedisClient } from '@gateway/redis';
import { decodeEnvelope, type Draft, type Published, type RoomMessage } from './message';
import { timeOf } from './offset';
import { seal, type MessageHandler, type RoomBus } from './room-bus';
import { RoomLog, type LogEntry } from './room-log';
import { RoomSweep } from './room-sweep';
import { RoomTail } from './room-tail';

/** What the bus needs, and what it tells about its work. */
export interface RedisRoomBusOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** An entry that no node of ours wrote was dropped. */
  readonly onUnreadable?: (room: string, offset: string) => void;
  /** A followed room couldn't be read (the empty name: several); it is tried again. */
  readonly onFailure?: (room: string, error: unknown) => void;
}

const OFFLINE: Record<'publish' | 'subscribe', string> = {
  publish: 'the message cannot be shared with the other nodes now',
  subscribe: 'the room cannot be followed now',
};

/** Rooms shared through Redis: the log is the truth, its channel a hint to read it. */
export const redisRoomBus = (options: RedisRoomBusOptions): RoomBus => new RedisRoomBus(options);

interface Followed {
  readonly tail: RoomTail;
  readonly begun: Promise<void>;
  readonly unsubscribe: () => void;
}

class RedisRoomBus implements RoomBus {
  private readonly log: RoomLog;
  private readonly followed = new Map<string, Followed>();
  private readonly handlers = new Set<MessageHandler>();
  private readonly ends: (() => void)[];
  private closed = false;

  constructor(private readonly options: RedisRoomBusOptions) {
    const { redis, clock } = options;
    this.log = new RoomLog(redis);
    const sweep = new RoomSweep({
      clock,
      log: this.log,
      tails: () => this.tails(),
      failed: (error) => this.options.onFailure?.('', error),
    });
    this.ends = [
      () => sweep.close(),
      redis.onResubscribed(() => sweep.soon()),
      redis.onEpochChange(() => {
        for (const tail of this.tails()) tail.restart();
      }),
    ];
  }

  async publish(draft: Draft): Promise<Published> {
    this.mustBeOpen();
    const { id, encoded } = seal(draft);
    const offset = await this.log.append(draft.room, encoded).catch((error: unknown) => offline('publish', error));
    return { id, offset };
  }

  async subscribe(room: string): Promise<string> {
    this.mustBeOpen();
    const followed = this.followed.get(room) ?? this.follow(room);
    await followed.begun;
    return followed.tail.offset!;
  }

  unsubscribe(room: string): void {
    const followed = this.followed.get(room);
    if (followed !== undefined) this.unfollow(room, followed);
  }

  onMessage(handler: MessageHandler): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const end of this.ends) end();
    this.followed.forEach((followed, room) => this.unfollow(room, followed));
  }

  private follow(room: string): Followed {
    const tail = new RoomTail(room, this.log, {
      entry: (name, entry) => this.deliver(name, entry),
      failed: (name, error) => this.options.onFailure?.(name, error),
    });
    // The hints first: what is published after the position was read must be hinted at.
    const unsubscribe = this.options.redis.subscribe(RoomLog.key(room), () => tail.read());
    const begun = tail.begin().catch((error: unknown) => {
      this.unfollow(room, followed);
      return offline('subscribe', error);
    });
    const followed: Followed = { tail, begun, unsubscribe };
    this.followed.set(room, followed);
    return followed;
  }

  private unfollow(room: string, followed: Followed): void {
    followed.tail.close();
    followed.unsubscribe();
    // Meanwhile the room may be followed anew.
    if (this.followed.get(room) === followed) this.followed.delete(room);
  }

  private deliver(room: string, [offset, text]: LogEntry): void {
    const envelope = decodeEnvelope(text);
    if (envelope === null) return this.options.onUnreadable?.(room, offset);
    const message: RoomMessage = { ...envelope, room, offset, time: timeOf(offset) };
    for (const handler of this.handlers) handler(message);
  }

  private *tails(): Iterable<RoomTail> {
    for (const { tail } of this.followed.values()) yield tail;
  }

  private mustBeOpen(): void {
    if (this.closed) throw new GatewayError('GW_UNAVAILABLE', { detail: 'the node is shutting down' });
  }
}

/** Redis' absence is the caller's to hear of; anything else is a bug of ours. */
function offline(doing: keyof typeof OFFLINE, cause: unknown): never {
  if (cause instanceof RedisUnavailableError || cause instanceof RedisReplyError)
    throw new GatewayError('GW_UNAVAILABLE', { detail: OFFLINE[doing], cause });
  throw cause;
}
