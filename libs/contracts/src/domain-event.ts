import { create, fromJsonString, toJsonString } from '@bufbuild/protobuf';
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from './gen/gateway/events/v1/events_pb';
import { messageOf } from './message-of';
import { EVENT_NAME } from './policy-values';

/** A domain event as plain data: what the bus carries and handlers get. */
export interface DomainEvent {
  /** Unique; 1 to 128 visible ASCII characters. */
  readonly id: string;
  /** Such as `project_updated`. */
  readonly type: string;
  /** RFC 3339 in UTC. */
  readonly time: string;
  /** Who published it: an instance id, up to 128 characters. */
  readonly origin: string;
  /** W3C trace context, or empty. */
  readonly traceparent: string;
  /** snake_case names and their values; at most 32. */
  readonly fields: Readonly<Record<string, string>>;
  /** The room whose sockets get it, up to 256 characters; empty: none. */
  readonly room: string;
}

/** An event that can't be read or is out of bounds. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

/** Events are kept, copied to every edge and pushed to sockets: they say what changed, they don't carry it. */
const BOUNDS = { fields: 32, value: 1024, room: 256, origin: 128, json: 64 * 1024 } as const;
const ID = /^[\x21-\x7e]{1,128}$/;
const FIELD_NAME = /^[a-z][a-z0-9_.]{0,63}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,200})?$/;

/**
 * The event of a message.
 * @param receivedAt the time of an event that names none, in milliseconds since the epoch
 * @throws EventError naming the field
 */
export function eventFromMessage(message: Event, receivedAt: number): DomainEvent {
  const { id, type, origin, traceparent, fields, room } = message;
  const date = message.time ? timestampDate(message.time) : new Date(receivedAt);
  if (Number.isNaN(date.getTime())) throw new EventError('time: is out of range');
  const event: DomainEvent = { id, type, time: date.toISOString(), origin, traceparent, fields: { ...fields }, room };
  check(event);
  return event;
}

/**
 * The message of an event.
 * @throws EventError naming the field
 */
export function eventToMessage(event: DomainEvent): Event {
  check(event);
  const { id, type, origin, traceparent, fields, room } = event;
  const time = timestampFromDate(new Date(event.time));
  return create(EventSchema, { id, type, time, origin, traceparent, fields: { ...fields }, room });
}

/**
 * Reads proto JSON of `gateway.events.v1.Event`, as the bus carries it.
 * @throws EventError
 */
export function eventFromJson(json: string): DomainEvent {
  if (json.length > BOUNDS.json) throw new EventError(`longer than ${BOUNDS.json} characters`);
  let message: Event;
  try {
    // A newer publisher may know more fields.
    message = fromJsonString(EventSchema, json, { ignoreUnknownFields: true });
  } catch (cause) {
    throw new EventError(`not an event: ${messageOf(cause)}`, { cause });
  }
  if (!message.time) throw new EventError('time: is missing');
  return eventFromMessage(message, Number.NaN);
}

/**
 * Writes what `eventFromJson` reads.
 * @throws EventError naming the field
 */
export const eventToJson = (event: DomainEvent): string => toJsonString(EventSchema, eventToMessage(event));

function check({ id, type, time, origin, traceparent, fields, room }: DomainEvent): void {
  if (!ID.test(id)) throw new EventError('id: must be 1 to 128 visible ASCII characters');
  if (!EVENT_NAME.test(type)) throw new EventError('type: must be a name such as project_updated');
  if (Number.isNaN(Date.parse(time))) throw new EventError('time: is not a time');
  if (origin.length > BOUNDS.origin) throw new EventError(`origin: longer than ${BOUNDS.origin}`);
  if (traceparent !== '' && !TRACEPARENT.test(traceparent))
    throw new EventError('traceparent: is not W3C trace context');
  if (room.length > BOUNDS.room) throw new EventError(`room: longer than ${BOUNDS.room}`);
  const entries = Object.entries(fields);
  if (entries.length > BOUNDS.fields) throw new EventError(`fields: more than ${BOUNDS.fields}`);
  for (const [name, value] of entries) {
    if (!FIELD_NAME.test(name)) throw new EventError(`fields: "${name.slice(0, 80)}" is not a field's name`);
    if (value.length > BOUNDS.value) throw new EventError(`fields.${name}: longer than ${BOUNDS.value}`);
  }
}
