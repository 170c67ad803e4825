import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';

/** An acknowledgement of the node. */
export interface Answer {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly detail: string };
  readonly [field: string]: unknown;
}

/** Something that the node sent. */
export interface Received {
  readonly event: string;
  readonly payload: Record<string, unknown>;
}

/** A real Socket.IO client that remembers what it was told. */
export interface TestClient {
  readonly socket: Socket;
  readonly received: Received[];
  /** Reasons of the disconnects so far. */
  readonly disconnects: string[];
  /** Payloads of an event. */
  of(event: string): Record<string, unknown>[];
  ask(event: string, ...payload: unknown[]): Promise<Answer>;
  close(): void;
}

export type ClientOptions = Partial<ManagerOptions & SocketOptions> & { ca?: string; cert?: string; key?: string };

/** Makes a client and begins to connect. */
export function makeClient(url: string, options: ClientOptions): TestClient {
  const received: Received[] = [];
  const disconnects: string[] = [];
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 100,
    ...options,
  });
  socket.onAny((event: string, payload: Record<string, unknown>) => received.push({ event, payload }));
  socket.on('disconnect', (reason) => disconnects.push(reason));
  return {
    socket,
    received,
    disconnects,
    of: (event) => received.filter((each) => each.event === event).map((each) => each.payload),
    ask: (event, ...payload) => socket.timeout(5_000).emitWithAck(event, ...payload) as Promise<Answer>,
    close: () => void socket.disconnect(),
  };
}

/** Connects. @throws the error of `connect_error` */
export async function connectClient(url: string, options: ClientOptions): Promise<TestClient> {
  const client = makeClient(url, options);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.socket.once('connect', resolve).once('connect_error', reject);
  await promise.catch((error: unknown) => {
    client.close();
    throw error;
  });
  return client;
}
