import type { DomainEvent } from '@gateway/events';

/** What makes a stored answer untrue. */
export interface Dependencies {
  /** The entry's own fields, such as `project_id` and `user_id`. */
  readonly fields: Readonly<Record<string, string>>;
  /**
   * Types of events that drop the entry when all fields that the event and the entry both have are equal.
   * An event that shares no field with the entry drops it too.
   */
  readonly events: readonly string[];
  /** Labels by which entries are dropped together. */
  readonly tags: readonly string[];
}

/** What is asked for. */
export interface CacheRequest extends Dependencies {
  /** Identifies the answer: the route, the codec and everything that it varies by. Any string. */
  readonly key: string;
}

/** The event that tells every process to drop the entries with a tag, which is its field `tag`. */
export const PURGED = 'gateway.cache_purged';

/** Whether events can make the entry untrue. */
export const isDependent = ({ events, tags }: Dependencies): boolean => events.length > 0 || tags.length > 0;

/** Whether an event makes an entry untrue. */
export function affects({ type, fields }: Pick<DomainEvent, 'type' | 'fields'>, entry: Dependencies): boolean {
  if (type === PURGED) return entry.tags.includes(fields['tag'] ?? '');
  if (!entry.events.includes(type)) return false;
  return sharedNames(Object.keys(fields), entry.fields).every((name) => fields[name] === entry.fields[name]);
}

/** Those of the names that are fields of the entry. */
export const sharedNames = (names: readonly string[], fields: Dependencies['fields']): string[] =>
  names.filter((name) => Object.hasOwn(fields, name));
