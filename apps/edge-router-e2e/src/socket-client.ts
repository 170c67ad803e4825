import { readFileSync } from 'node:fs';
import { io, type Socket } from 'socket.io-client';

/** What the server emits to a room. */
export interface RoomMessage {
  readonly id: string;
  readonly room: string;
  readonly offset: string;
  readonly time: string;
  readonly data: Record<string, unknown>;
}

/** An answer to `join`, `leave` or `publish`. */
export type Acknowledgement = { ok: true } | { ok: false; error: { code: string; detail: string } };

/** A real Socket.IO client, connected. */
export interface RoomClient {
  readonly socket: Socket;
  /** What arrived, by event name, in order. */
  received(event: string): RoomMessage[];
  ask(event: 'join' | 'leave' | 'publish', payload: unknown): Promise<Acknowledgement>;
  close(): void;
}

/**
 * Connects through an edge or directly to a node.
 * @throws Error when the handshake is refused or takes longer than 10 s
 */
export async function connectRoomClient(base: string, caFile: string, token: string): Promise<RoomClient> {
  const socket = io(base, {
    transports: ['websocket'],
    auth: { token },
    ca: readFileSync(caFile, 'utf8'),
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 500,
    timeout: 10_000,
  } as Parameters<typeof io>[1]);
  const messages: { event: string; message: RoomMessage }[] = [];
  socket.onAny((event: string, message: RoomMessage) => messages.push({ event, message }));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  return {
    socket,
    received: (event) => messages.filter((each) => each.event === event).map((each) => each.message),
    ask: (event, payload) => socket.timeout(5000).emitWithAck(event, payload),
    close: () => void socket.close(),
  };
}
