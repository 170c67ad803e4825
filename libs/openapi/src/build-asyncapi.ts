import type { DescMethod, JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { EmitPolicy } from '@gateway/contracts';
import { eventField } from './event-fields';
import { sorted } from './json';
import { acknowledgement, NOTICES, PUBLISHED, QUESTIONS, roomMessage } from './socket-messages';

/** A route, as far as sockets hear of its calls. */
export interface EmittingRoute {
  readonly id: string;
  readonly emits: readonly EmitPolicy[];
  /** The method behind it; null: plain HTTP. */
  readonly method: DescMethod | null;
}

/** What a document is made of. */
export interface SocketDescription {
  readonly title: string;
  readonly version: string;
  /** Whether this gateway leads to sockets at all. */
  readonly sockets: boolean;
  readonly routes: readonly EmittingRoute[];
}

/** The path of Socket.IO. */
const ADDRESS = '/socket.io/';
const CHANNEL = 'socket';

const PROSE =
  'Socket.IO (protocol 5, Engine.IO 4) over WebSocket: `io(url, { transports: ["websocket"], auth: { token } })`. A question ' +
  'is an event with an acknowledgement. Events of a room arrive at the sockets that joined it, and name what happened; each ' +
  'has the same form. After a reconnect rooms must be joined again.';

/**
 * Makes the AsyncAPI 3.0 document of what sockets may ask and are told: the questions, and each event that a route emits.
 * The same routes give the same document, whatever their order.
 */
export function buildAsyncApi({ title, version, sockets, routes }: SocketDescription): JsonObject {
  const document = {
    asyncapi: '3.0.0',
    info: { title, version, description: PROSE },
    defaultContentType: 'application/json',
  };
  if (!sockets) return { ...document, channels: {}, operations: {} };
  const parts = new SocketParts();
  for (const [name, question] of Object.entries(QUESTIONS)) {
    const answer = parts.message(`${name}_answer`, `The acknowledgement of ${name}`, acknowledgement(question));
    const asked = parts.message(name, question.summary, question.payload, name);
    parts.operation(name, 'receive', question.summary, asked, { reply: { channel: CHANNEL_REF, messages: [answer] } });
  }
  for (const [name, { summary, payload }] of Object.entries(NOTICES))
    parts.operation(`tell_${name}`, 'send', summary, parts.message(name, summary, payload, name));
  const published = parts.message('published', PUBLISHED.summary, roomMessage(PUBLISHED.data));
  parts.operation('tell_published', 'send', PUBLISHED.summary, published);
  for (const [name, event] of sorted(eventsOf(routes))) addEvent(parts, name, event);
  return { ...document, ...SERVER, ...parts.sections(), components: { securitySchemes: SECURITY } };
}

const CHANNEL_REF: JsonObject = { $ref: `#/channels/${CHANNEL}` };

const SERVER: JsonObject = {
  servers: {
    gateway: {
      host: '{host}',
      protocol: 'wss',
      description: 'This gateway.',
      variables: { host: { default: 'localhost:8443', description: 'Where the gateway is reached.' } },
      security: [{ $ref: '#/components/securitySchemes/token' }],
    },
  },
};

const SECURITY: JsonObject = {
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token, as `auth: { token }` of the Socket.IO handshake.',
  },
};

/** The messages and operations of a document while it grows. */
class SocketParts {
  private readonly messages: Record<string, JsonValue> = {};
  private readonly operations: Record<string, JsonValue> = {};

  /** @returns a reference to it */
  message(key: string, summary: string, payload: JsonObject, name?: string): JsonObject {
    this.messages[key] = { ...(name === undefined ? {} : { name }), summary, payload };
    return { $ref: `#/channels/${CHANNEL}/messages/${key}` };
  }

  operation(
    key: string,
    action: 'send' | 'receive',
    summary: string,
    message: JsonObject,
    more: JsonObject = {},
  ): void {
    this.operations[key] = { action, channel: CHANNEL_REF, summary, messages: [message], ...more };
  }

  sections(): JsonObject {
    const query = { type: 'object', properties: { EIO: { const: '4' }, transport: { const: 'websocket' } } };
    const bindings = { ws: { method: 'GET', query, bindingVersion: '0.1.0' } };
    return {
      channels: { [CHANNEL]: { address: ADDRESS, messages: this.messages, bindings } },
      operations: this.operations,
    };
  }
}

/** An event and who emits it. */
interface EmittedEvent {
  readonly fields: Map<string, JsonObject>;
  readonly rooms: Set<string>;
  readonly routes: Set<string>;
}

function eventsOf(routes: readonly EmittingRoute[]): Map<string, EmittedEvent> {
  const events = new Map<string, EmittedEvent>();
  for (const { id, emits, method } of [...routes].sort((a, b) => (a.id < b.id ? -1 : 1)))
    for (const { event: name, fields, room } of emits) {
      // An event without a room is for caches alone.
      if (room === '') continue;
      const event = events.get(name) ?? { fields: new Map(), rooms: new Set(), routes: new Set() };
      events.set(name, event);
      event.rooms.add(room);
      event.routes.add(id);
      for (const field of fields) if (!event.fields.has(field)) event.fields.set(field, eventField(method, field));
    }
  return events;
}

function addEvent(parts: SocketParts, name: string, { fields, rooms, routes }: EmittedEvent): void {
  const named = [...rooms].sort().map((room) => `\`${room}\``);
  const summary = `${name}, in ${named.join(' and ')}`;
  // What names the room is always there.
  const inAllRooms = [...fields.keys()].filter((field) => [...rooms].every((room) => room.includes(`{${field}}`)));
  const data: JsonObject = {
    type: 'object',
    properties: Object.fromEntries(sorted(fields)),
    ...(inAllRooms.length === 0 ? {} : { required: inAllRooms.sort() }),
  };
  const key = name.replace(/[^A-Za-z0-9_.-]/g, '_');
  const message = parts.message(`event_${key}`, summary, roomMessage(data), name);
  const more = { 'x-gateway-rooms': [...rooms].sort(), 'x-gateway-routes': [...routes].sort() };
  parts.operation(`tell_event_${key}`, 'send', summary, message, more);
}
