import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

/** An object without the entries that are undefined. */
export function defined(entries: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** The entries of a map in the order of their keys, so that equal descriptions have equal bytes. */
export function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
