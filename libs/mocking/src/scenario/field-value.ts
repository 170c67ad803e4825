import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { isObject } from '../echo';

/**
 * A field of a message in proto JSON; undefined: it isn't set.
 * @param path `item_id` or `parent.item_id`, in proto or JSON names
 */
export function fieldValue(message: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = message;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = own(value, name) ?? own(value, jsonName(name));
  }
  return value;
}

const own = (object: JsonObject, name: string): JsonValue | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** As protobuf makes JSON names: `item_id` is `itemId`. */
const jsonName = (name: string): string =>
  name.replace(/_([a-z0-9])/gi, (_all, letter: string) => letter.toUpperCase());
