/** What an answer is made of, as an upstream gave it. */
export interface CachedResponse {
  readonly status: number;
  /** Flat list of lower-case names and values. Never changed by anyone: copy before adding to it. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** A stored answer. */
export interface CacheEntry extends CachedResponse {
  /** When it was stored: milliseconds since the Unix epoch, by this process' clock. */
  readonly storedAt: number;
  /** How long it may be used, in ms from `storedAt`. */
  readonly ttlMs: number;
}

/** What is asked for, with all that decides when its answer stops being true. */
export interface CacheRequest {
  /** Identifies the answer: the route, the codec and everything that it varies by. Any string. */
  readonly key: string;
  /** The entry's own fields, such as `project_id` and `user_id`. */
  readonly fields: Readonly<Record<string, string>>;
  /**
   * Types of events that drop the entry when all fields that the event and the entry both have are equal.
   * An event that shares no field with the entry drops it too.
   */
  readonly events: readonly string[];
  readonly tags: readonly string[];
}
