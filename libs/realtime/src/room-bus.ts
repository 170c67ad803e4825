import { randomUUID } from 'node:crypto';
import { GatewayError } from '@gateway/errors';
import { isEventName } from './event-name';
import { isJson } from './json';
import {
  MAX_MESSAGE_BYTES,
  encodeEnvelope,
  type Draft,
  type Envelope,
  type Published,
  type RoomMessage,
} from './message';
import { parseRoom } from './room';

/**
 * Carries messages between the nodes of the platform. A message of a room reaches every bus that subscribed to the room,
 * the publisher's own included, once, and in the order of the room's offsets.
 */
export interface RoomBus {
  /**
   * Tells a room. When it returns, the message is where every node will find it; it is never delivered to some nodes only.
   * @throws GatewayError GW_UNAVAILABLE when it can't be shared now (it may have been, if only the answer was lost),
   *   GW_BODY_TOO_LARGE above `MAX_MESSAGE_BYTES`, GW_INVALID_FIELD for a room, event or data that can't be
   */
  publish(draft: Draft): Promise<Published>;
  /**
   * Follows a room; following it already is fine.
   * @returns the room's present offset: what is published after it arrives
   * @throws GatewayError GW_UNAVAILABLE when the room can't be followed now
   */
  subscribe(room: string): Promise<string>;
  /** Stops following a room. Nothing of it arrives afterwards. */
  unsubscribe(room: string): void;
  /** Hears every message of every followed room. @returns how to stop */
  onMessage(handler: MessageHandler): () => void;
  /** Ends it for good. */
  close(): Promise<void>;
}

/** Hears a message. Must not throw. */
export type MessageHandler = (message: RoomMessage) => void;

const invalid = (pointer: string, rule: string, detail: string): GatewayError =>
  new GatewayError('GW_INVALID_FIELD', { detail, errors: [{ pointer, rule, detail }] });

/**
 * Gives a draft its id and its stored form.
 * @throws GatewayError GW_INVALID_FIELD, GW_BODY_TOO_LARGE
 */
export function seal(draft: Draft): Envelope & { readonly encoded: string } {
  if (parseRoom(draft.room) === null) throw invalid('/room', 'room', 'room is not <type>:<id>');
  if (!isEventName(draft.event)) throw invalid('/event', 'event', 'event is not a name that may be published');
  if (!isJson(draft.data)) throw invalid('/data', 'json', 'data is not JSON, or nested too deeply');
  const envelope = { id: randomUUID(), event: draft.event, data: draft.data };
  const encoded = encodeEnvelope(envelope);
  if (Buffer.byteLength(encoded) > MAX_MESSAGE_BYTES)
    throw new GatewayError('GW_BODY_TOO_LARGE', { detail: `a message has at most ${MAX_MESSAGE_BYTES} bytes` });
  return { ...envelope, encoded };
}
