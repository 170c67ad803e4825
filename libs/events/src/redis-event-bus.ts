import type { Clock } from '@gateway/clock';
import { readStreamEnd, withinBudget, type RedisClient, type StreamEntry } from '@gateway/redis';
import { Dispatcher, type HandlerFailure } from './dispatcher';
import {
  EventBusError,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHistory,
  type EventRecord,
  type Published,
  type PublishOptions,
  type Revision,
  type Unsubscribe,
} from './event-bus';
import { decodeEvent } from './event-codec';
import { EVENTS_KEY, Publisher } from './publisher';
import { compareRevisions } from './revision';
import { StreamReader } from './stream-reader';

/** Older than this, what was read may be out of date: ms. */
const READABLE_MS = 1000;
const FLUSH_EVERY_MS = 250;
const READY_POLL_MS = 10;
/** What closing waits for pending events to be sent, in ms. */
const LAST_FLUSH_MS = 250;

export interface RedisEventBusOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
  readonly onHandlerFailure?: HandlerFailure;
}

/**
 * The bus of a platform. The truth is the stream `gw:{events}`; the channel of the same name only says when to read it,
 * and it is read every quarter of a second anyway.
 */
export function redisEventBus(options: RedisEventBusOptions): EventBus {
  return new RedisEventBus(options);
}

class RedisEventBus implements EventBus {
  private readonly redis: RedisClient;
  private readonly clock: Clock;
  private readonly dispatcher: Dispatcher;
  private readonly publisher: Publisher;
  private readonly reader: StreamReader;
  private readonly stops: (() => void)[];
  private unreadable = 0;
  private closed = false;

  constructor({ redis, clock, onHandlerFailure }: RedisEventBusOptions) {
    this.redis = redis;
    this.clock = clock;
    this.dispatcher = new Dispatcher(onHandlerFailure);
    this.publisher = new Publisher(redis, clock);
    this.reader = new StreamReader(redis, EVENTS_KEY, clock, {
      entry: (entry) => this.read(entry),
      gap: (gap) => this.dispatcher.gap(gap),
    });
    const flusher = clock.every(FLUSH_EVERY_MS, () => void this.publisher.flush());
    this.stops = [
      () => this.reader.stop(),
      () => flusher.cancel(),
      redis.subscribe(EVENTS_KEY, () => this.reader.wake()),
      redis.onResubscribed(() => this.reader.wake()),
      redis.onStateChange((state) => state === 'up' && this.resume()),
    ];
    this.reader.wake();
  }

  async publish(event: DomainEvent, options: PublishOptions = {}): Promise<Published> {
    if (this.closed) throw new EventBusError('The bus is closed');
    const published = await this.publisher.publish(event, options);
    this.reader.wake();
    return published;
  }

  subscribe(...args: Parameters<EventBus['subscribe']>): Unsubscribe {
    return this.dispatcher.subscribe(...args);
  }

  onGap(...args: Parameters<EventBus['onGap']>): Unsubscribe {
    return this.dispatcher.onGap(...args);
  }

  async history(count: number): Promise<EventHistory> {
    const entries = await readStreamEnd(this.redis, EVENTS_KEY, count).catch((cause: unknown) => {
      throw new EventBusError('The history cannot be read', { cause });
    });
    // Positions only grow: what was read before it was asked for can't have been missed.
    const position = this.position() ?? '0-0';
    const records = entries.flatMap(recordOf).filter(({ revision }) => compareRevisions(revision, position) <= 0);
    return { records, after: entries[0]?.id ?? position };
  }

  position(): Revision | null {
    return this.reader.position;
  }

  readable(): boolean {
    return !this.closed && this.reader.lagMs() < READABLE_MS;
  }

  async ready(withinMs: number): Promise<void> {
    const deadline = this.clock.monotonic() + withinMs;
    while (!this.readable()) {
      if (this.clock.monotonic() >= deadline) throw new EventBusError(`The bus wasn't readable within ${withinMs} ms`);
      await this.clock.sleep(READY_POLL_MS);
    }
  }

  stats(): EventBusStats {
    const { delivered, duplicates, gaps, handlerFailures } = this.dispatcher;
    const { published, pending, dropped } = this.publisher;
    return { published, delivered, unreadable: this.unreadable, duplicates, gaps, handlerFailures, pending, dropped };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const stop of this.stops) stop();
    await withinBudget(this.clock, LAST_FLUSH_MS, () => this.publisher.flush()).catch(() => undefined);
    this.dispatcher.close();
  }

  private resume(): void {
    this.reader.wake();
    void this.publisher.flush();
  }

  private read(entry: StreamEntry): void {
    if (entry.fields[0] === 'opened') return;
    const [record] = recordOf(entry);
    if (record === undefined) this.unreadable++;
    else this.dispatcher.deliver(record.event, record.revision);
  }
}

/** The event of an entry, in a list that is empty when there is none. */
function recordOf({ id, fields }: StreamEntry): EventRecord[] {
  const event = fields[0] === 'e' ? decodeEvent(fields[1]!) : null;
  return event === null ? [] : [{ event, revision: id }];
}
