import type { Clock } from '@gateway/clock';
import { Dispatcher, type HandlerFailure } from './dispatcher';
import {
  EventBusError,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHistory,
  type Published,
  type PublishOptions,
  type Revision,
} from './event-bus';

/** How long ids published with `dedupe` are remembered, in ms. */
const DEDUPE_MS = 3_600_000;

export interface MemoryEventBusOptions {
  readonly clock: Clock;
  readonly onHandlerFailure?: HandlerFailure;
}

/** A bus within one process, for an app that runs alone. Handlers have run when `publish` resolves. */
export function memoryEventBus(options: MemoryEventBusOptions): EventBus {
  return new MemoryEventBus(options);
}

class MemoryEventBus implements EventBus {
  private readonly dispatcher: Dispatcher;
  private readonly clock: Clock;
  private readonly published = new Map<string, { revision: Revision; until: number }>();
  private last = { time: 0, sequence: 0 };
  private count = 0;
  private closed = false;

  constructor({ clock, onHandlerFailure }: MemoryEventBusOptions) {
    this.clock = clock;
    this.dispatcher = new Dispatcher(onHandlerFailure);
  }

  async publish(event: DomainEvent, { dedupe = false }: PublishOptions = {}): Promise<Published> {
    if (this.closed) throw new EventBusError('The bus is closed');
    if (dedupe) {
      const earlier = this.earlier(event.id);
      if (earlier !== undefined) return { revision: earlier, duplicate: true };
    }
    const revision = this.nextRevision();
    if (dedupe) this.published.set(event.id, { revision, until: this.clock.monotonic() + DEDUPE_MS });
    this.count++;
    this.dispatcher.deliver(event, revision);
    return { revision, duplicate: false };
  }

  subscribe(...args: Parameters<EventBus['subscribe']>) {
    return this.dispatcher.subscribe(...args);
  }

  onGap(...args: Parameters<EventBus['onGap']>) {
    return this.dispatcher.onGap(...args);
  }

  async history(): Promise<EventHistory> {
    return { records: [], after: this.position() };
  }

  position(): Revision {
    return `${this.last.time}-${this.last.sequence}`;
  }

  readable(): boolean {
    return !this.closed;
  }

  async ready(): Promise<void> {}

  stats(): EventBusStats {
    const { delivered, duplicates, gaps, handlerFailures } = this.dispatcher;
    return {
      published: this.count,
      delivered,
      unreadable: 0,
      duplicates,
      gaps,
      handlerFailures,
      pending: 0,
      dropped: 0,
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.dispatcher.close();
  }

  /** As a Redis stream counts: by time, with a sequence within a millisecond, never going back. */
  private nextRevision(): Revision {
    const time = Math.max(Math.floor(this.clock.now()), this.last.time);
    this.last = { time, sequence: time === this.last.time ? this.last.sequence + 1 : 0 };
    return this.position();
  }

  private earlier(id: string): Revision | undefined {
    const now = this.clock.monotonic();
    // Insertion order is the order of expiry.
    for (const [known, { until }] of this.published) {
      if (until > now) break;
      this.published.delete(known);
    }
    return this.published.get(id)?.revision;
  }
}
