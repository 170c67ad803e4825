import type { DomainEvent } from './event-bus';

/** Longest event on the bus, in characters of its JSON. */
export const MAX_EVENT_LENGTH = 64 * 1024;

/** An event as protobuf JSON of `gateway.events.v1.Event`. */
export function encodeEvent(event: DomainEvent): string {
  const { id, type, time, origin, traceparent, fields, room } = event;
  return JSON.stringify({ id, type, time, origin, traceparent, fields, room });
}

/** Reads an event; null when the text isn't one. Unknown members are ignored: a newer publisher may know more. */
export function decodeEvent(text: string): DomainEvent | null {
  const message = text.length <= MAX_EVENT_LENGTH ? parseObject(text) : null;
  if (message === null) return null;
  const { id, type, time = '', origin = '', traceparent = '', fields = {}, room = '' } = message;
  if (!isName(id) || !isName(type) || !isStringMap(fields)) return null;
  if (!isString(time) || !isString(origin) || !isString(traceparent) || !isString(room)) return null;
  return { id, type, time, origin, traceparent, fields, room };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isString = (value: unknown): value is string => typeof value === 'string';
const isName = (value: unknown): value is string => isString(value) && value !== '';
const isStringMap = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(isString);
