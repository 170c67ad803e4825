/** Something that changed, told once to everything that caches or pushes it. */
export interface DomainEvent {
  /** Unique. A reader hands on an id once, however often it was appended. */
  readonly id: string;
  /** Such as `project_updated`. */
  readonly type: string;
  /** When it happened: RFC 3339, UTC. */
  readonly time: string;
  /** Who published it: an instance id. */
  readonly origin: string;
  /** W3C trace context of the call that caused it; empty: none. */
  readonly traceparent: string;
  /** Field names and values, such as `project_id`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The room whose sockets get it; empty: none. */
  readonly room: string;
}

/** A place in the history of events: `<ms>-<sequence>`, ordered by compareRevisions. */
export type Revision = string;

export interface PublishOptions {
  /** Longest time that the caller waits, in ms. Default 20. */
  readonly budgetMs?: number;
  /** Remember the id for an hour on the bus, so that publishing it again appends nothing. Default false. */
  readonly dedupe?: boolean;
}

export interface Published {
  /** Where the event stands; for a duplicate, where the first one stands. */
  readonly revision: Revision;
  /** The id had been published before (only with `dedupe`). */
  readonly duplicate: boolean;
}

/** Events between two positions couldn't be read: they were trimmed, or the store was lost. */
export interface Gap {
  /** The last revision that was handed on before. */
  readonly from: Revision;
  /** Nothing after this revision is missing. */
  readonly to: Revision;
}

/** An event with its place. */
export interface EventRecord {
  readonly event: DomainEvent;
  readonly revision: Revision;
}

/** What was on the bus before somebody listened. */
export interface EventHistory {
  /** Oldest first. */
  readonly records: readonly EventRecord[];
  /** Every event after this revision is among the records or is handed on to subscribers. */
  readonly after: Revision;
}

/** For metrics: what happened since the start. */
export interface EventBusStats {
  readonly published: number;
  /** Events that were handed on, once each. */
  readonly delivered: number;
  /** Entries that aren't events: dropped. */
  readonly unreadable: number;
  /** Entries whose id had been handed on before: dropped. */
  readonly duplicates: number;
  readonly gaps: number;
  /** Calls of handlers that threw. */
  readonly handlerFailures: number;
  /** Events that aren't on the bus yet and are tried again. */
  readonly pending: number;
  /** Events that were given up because too many were pending. */
  readonly dropped: number;
}

export type EventHandler = (event: DomainEvent, revision: Revision) => void;

/** Takes a subscription or a listener back. */
export type Unsubscribe = () => void;

/**
 * Hands domain events to every process, the publishing one included, in the order of their revisions. Events can come
 * late, and after a failure of the store there can be a gap, which is reported: handlers must be idempotent.
 */
export interface EventBus {
  /**
   * Appends an event.
   * @throws EventBusError when that can't be confirmed within the budget. The bus then goes on trying in the background.
   */
  publish(event: DomainEvent, options?: PublishOptions): Promise<Published>;
  /** Hands on events of these types that are appended from now on. */
  subscribe(types: readonly string[] | '*', handler: EventHandler): Unsubscribe;
  /** Calls back when events were missed; subscribers that keep anything derived from events must drop it. */
  onGap(listener: (gap: Gap) => void): Unsubscribe;
  /**
   * Events that were appended before the bus was read for the first time.
   * @param count at most so many, the newest ones
   * @throws EventBusError when they can't be read
   */
  history(count: number): Promise<EventHistory>;
  /** Every event up to this revision was handed on. Null until the bus was read for the first time. */
  position(): Revision | null;
  /** Whether everything that was appended until a second ago has been handed on. */
  readable(): boolean;
  /** Resolves when the bus was read for the first time; rejects with EventBusError after `withinMs`. */
  ready(withinMs: number): Promise<void>;
  stats(): EventBusStats;
  /** Stops handing on events. Pending ones get a last, short try. */
  close(): Promise<void>;
}

/** The bus can't confirm that it did what it was asked. */
export class EventBusError extends Error {
  override readonly name = 'EventBusError';
}
