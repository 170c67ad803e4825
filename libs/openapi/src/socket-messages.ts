import type { JsonObject } from '@bufbuild/protobuf';
import { ERRORS } from '@gateway/errors';

const object = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({
  type: 'object',
  properties,
  required: [...required],
});

const text = (description: string, more: JsonObject = {}): JsonObject => ({ type: 'string', description, ...more });

/** A room's name, as libs/realtime reads it. */
const ROOM = text('The room, `<type>:<id>`.', { maxLength: 161, pattern: '^[a-z][a-z0-9_-]{0,31}:.{1,128}$' });
const EVENT = text('The name of the event.', { pattern: '^[A-Za-z][A-Za-z0-9_.:-]{0,63}$' });
const OFFSET = text('Where it stands in its room. Opaque.');
const TIME = text('When.', { format: 'date-time' });
const DATA: JsonObject = { description: 'Any JSON; id, event and data together at most 64 KiB.' };

/** What a client asks for by an event: its payload, and what the acknowledgement says beside `ok: true`. */
export interface Question {
  readonly summary: string;
  readonly payload: JsonObject;
  readonly answer: JsonObject;
}

/** Every event of clients, by name. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  join: {
    summary: 'Enter a room: its events arrive from then on',
    payload: object({ room: ROOM }),
    answer: object({ offset: text('What is published to the room after it arrives.') }),
  },
  leave: { summary: 'Leave a room', payload: object({ room: ROOM }), answer: object({}) },
  publish: {
    summary: 'Publish to a room',
    payload: object({ room: ROOM, event: EVENT, data: DATA }),
    answer: object({ id: text('Names the message.'), offset: OFFSET }),
  },
  auth: {
    summary: 'Show a fresh token of the same caller',
    payload: object({ token: text('An access token.') }),
    answer: object({ expiresAt: text('When the token ends.', { format: 'date-time' }) }, []),
  },
};

/** What a refused question is answered with. */
const REFUSED: JsonObject = object({
  ok: { const: false },
  error: object({ code: { type: 'string', enum: Object.keys(ERRORS) }, detail: text('What happened.') }),
});

/** The acknowledgement of a question. */
export const acknowledgement = ({ answer }: Question): JsonObject => ({
  oneOf: [{ allOf: [object({ ok: { const: true } }), answer] }, REFUSED],
});

/** The payload of an event of a room. */
export const roomMessage = (data: JsonObject): JsonObject =>
  object({ id: text('Names the message: the same on every node.'), room: ROOM, offset: OFFSET, time: TIME, data });

/** What the gateway tells a socket about its connection. */
export const NOTICES: Readonly<Record<string, { summary: string; payload: JsonObject }>> = {
  auth_expiring: {
    summary: 'The token ends within a minute: send a fresh one with `auth`',
    payload: object({ expiresAt: TIME }),
  },
  closing: {
    summary: 'The connection is ended',
    payload: object({
      code: text('Why.', { enum: ['draining', 'token_expired', 'session_ended', 'flooding'] }),
      detail: text('Why, in words.'),
      reconnect: { type: 'boolean', description: 'Whether to come back at once.' },
    }),
  },
};

/** What a client has published, under any name. */
export const PUBLISHED = { summary: 'What a client published to a room; the name is the one it gave', data: DATA };
