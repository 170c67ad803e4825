/** What a message's data may be. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Deepest nesting of a message's data: deeper ones exist only to exhaust a stack. */
export const MAX_JSON_DEPTH = 32;

/**
 * Whether a value is plain JSON. Socket.IO also carries binary, which neither the log nor gRPC would give back as it came.
 */
export function isJson(value: unknown, depth = MAX_JSON_DEPTH): value is Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (depth > 0 && isContainer(value, depth - 1));
    default:
      return false;
  }
}

function isContainer(value: object, depth: number): boolean {
  if (Array.isArray(value)) return value.every((each) => isJson(each, depth));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((each) => isJson(each, depth));
}
