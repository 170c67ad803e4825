import { isEventName } from './event-name';
import { isJson, type Json } from './json';

/** What somebody wants told to a room. */
export interface Draft {
  readonly room: string;
  readonly event: string;
  readonly data: Json;
}

/** Where a published message stands. */
export interface Published {
  /** Unique among all messages. */
  readonly id: string;
  /** Its position in the room; opaque. */
  readonly offset: string;
}

/** A message of a room. */
export interface RoomMessage extends Draft, Published {
  /** When it was published, in milliseconds since the epoch, by the clock of the store. */
  readonly time: number;
}

/** Largest encoded message, in bytes. */
export const MAX_MESSAGE_BYTES = 65_536;

const ID = /^[A-Za-z0-9._-]{1,64}$/;

/** What a room's log holds of a message: the rest is known from where it stands. */
export type Envelope = Pick<RoomMessage, 'id' | 'event' | 'data'>;

/** An envelope as one line of text. */
export const encodeEnvelope = ({ id, event, data }: Envelope): string => JSON.stringify([id, event, data]);

/** Reads an envelope; null when it isn't one. Never throws: a poisoned entry must not stop the room. */
export function decodeEnvelope(text: string): Envelope | null {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || parts.length !== 3) return null;
  const [id, event, data] = parts as unknown[];
  const fits = typeof id === 'string' && ID.test(id) && isEventName(event) && isJson(data);
  return fits ? { id, event, data } : null;
}
