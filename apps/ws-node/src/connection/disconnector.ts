import { DISCONNECTS, type Disconnect, type DisconnectCode } from '../disconnects';
import type { Session } from './session';

/** Ends a session's connection, telling the client why and what to do. */
export function disconnect({ socket }: Session, code: DisconnectCode): void {
  if (!socket.connected) return;
  const { detail, then }: Disconnect = DISCONNECTS[code];
  // What waits for a client that doesn't read would be kept while it is asked to close.
  if (code === 'slow_consumer') return void socket.request.socket.destroy();
  socket.emit('closing', { code, detail, reconnect: then === 'reconnect' });
  // Socket.IO's clients come back after a lost transport, and stay away after a disconnect packet.
  if (then === 'reconnect') socket.conn.close();
  else socket.disconnect(true);
}
