import type { JsonObject, JsonValue } from '@bufbuild/protobuf';

/** A name of JSON: the one that is written, and the proto name, which is read as well. */
export interface JsonName {
  readonly json: string;
  readonly proto: string;
}

/** The names that lead to a member, outermost first. */
export type JsonPath = readonly JsonName[];

/** Whether a value has members. */
export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON pointer (RFC 6901). Names of fields need no escapes. */
export const pointerOf = (path: JsonPath): string => path.map(({ json }) => `/${json}`).join('');

/** The name under which an object has a member; undefined: it has none. */
export const nameIn = (object: JsonObject, { json, proto }: JsonName): string | undefined =>
  Object.hasOwn(object, json) ? json : Object.hasOwn(object, proto) ? proto : undefined;

/** What {@link takeAt} has found. */
export interface Taken {
  /** Undefined: nothing. */
  readonly value: JsonValue | undefined;
  /** Where it stood, as it was written. */
  readonly pointer: string;
}

const NOTHING: Taken = { value: undefined, pointer: '' };

/** Takes a member out of an object. */
export function takeAt(object: JsonObject, path: JsonPath): Taken {
  const name = nameIn(object, path[0]!);
  if (name === undefined) return NOTHING;
  const value = object[name]!;
  if (path.length > 1) {
    const inner = isObject(value) ? takeAt(value, path.slice(1)) : NOTHING;
    return inner.value === undefined ? NOTHING : { value: inner.value, pointer: `/${name}${inner.pointer}` };
  }
  delete object[name];
  return { value, pointer: `/${name}` };
}

/** Puts a member into an object, making the objects on its way. */
export function putAt(object: JsonObject, path: JsonPath, value: JsonValue): void {
  let parent = object;
  for (const each of path.slice(0, -1)) {
    const name = nameIn(parent, each) ?? each.json;
    const child = parent[name];
    parent = isObject(child) ? child : (parent[name] = {});
  }
  const leaf = path.at(-1)!;
  parent[nameIn(parent, leaf) ?? leaf.json] = value;
}

/** Removes the first object of a path when nothing is left in it. */
export function dropEmpty(object: JsonObject, path: JsonPath): void {
  const name = nameIn(object, path[0]!);
  const value = name === undefined ? undefined : object[name];
  if (isObject(value) && Object.keys(value).length === 0) delete object[name!];
}
