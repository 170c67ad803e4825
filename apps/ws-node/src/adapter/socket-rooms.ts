import type { Fanout, RoomPayload } from '../hub/hub';
import type { ClientServer, ClientSocket } from '../connection/client-socket';

/** Socket.IO's in-memory rooms as the hub's fan-out: a message is encoded and framed once for all members. */
export class SocketRooms implements Fanout<ClientSocket> {
  constructor(private readonly io: ClientServer) {}

  add(member: ClientSocket, room: string): void {
    void member.join(room);
  }

  remove(member: ClientSocket, room: string): void {
    void member.leave(room);
  }

  emit(room: string, event: string, payload: RoomPayload): void {
    this.io.to(room).emit(event, payload);
  }
}
