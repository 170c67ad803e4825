import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { Caller } from './admission';

/** What the handshake leaves for the session. */
export interface SocketData {
  caller?: Caller;
}

/** A client's socket. Payloads come from outside: handlers get `unknown` and check it. */
export type ClientSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;

/** The server of such sockets. */
export type ClientServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
