import { GatewayError } from '@gateway/errors';
import { parseRoom, type Json, type Room } from '@gateway/realtime';

/** What a client asks to be told to a room; event and data are checked when it is published. */
export interface PublishPayload {
  readonly room: Room;
  readonly event: string;
  readonly data: Json;
}

/** `{room}`. @throws GatewayError GW_INVALID_FIELD */
export const readRoom = (payload: unknown): Room => roomOf(fieldsOf(payload, ['room']));

/** `{room, event, data}`; no data is null. @throws GatewayError GW_INVALID_FIELD */
export function readPublish(payload: unknown): PublishPayload {
  const fields = fieldsOf(payload, ['room', 'event', 'data']);
  const { event, data = null } = fields;
  if (typeof event !== 'string') throw invalid('/event', 'type', 'event must be text');
  return { room: roomOf(fields), event, data: data as Json };
}

/** `{token}`. @throws GatewayError GW_INVALID_FIELD */
export const readToken = (payload: unknown): unknown => fieldsOf(payload, ['token'])['token'];

/** An object with no fields but these. */
function fieldsOf(payload: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw invalid('', 'type', `the payload must be {${known.join(', ')}}`);
  const unknown = Object.keys(payload).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid('', 'unknown', `the payload must be {${known.join(', ')}}`);
  // Own fields only: a client must not reach what objects inherit.
  return { ...payload };
}

function roomOf({ room }: Record<string, unknown>): Room {
  const parsed = parseRoom(room);
  if (parsed === null) throw invalid('/room', 'room', 'room must be <type>:<id>');
  return parsed;
}

const invalid = (pointer: string, rule: string, detail: string): GatewayError =>
  new GatewayError('GW_INVALID_FIELD', { detail, errors: [{ pointer, rule, detail }] });
