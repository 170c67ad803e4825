import type { RoomBus } from '@gateway/realtime';

/** A socket as the hub sees it: something that a room's messages can be sent to. */
export interface Member {
  readonly id: string;
}

/** Sends to many members at once, encoding once. Socket.IO's rooms are one. */
export interface Fanout<M extends Member> {
  add(member: M, room: string): void;
  remove(member: M, room: string): void;
  emit(room: string, event: string, payload: RoomPayload): void;
}

/** What a client gets with an event of a room. */
export interface RoomPayload {
  readonly id: string;
  readonly room: string;
  /** Opaque position in the room. */
  readonly offset: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly data: unknown;
}

/** Rooms and the sockets of this node in them. A room is followed on the bus as long as it has a member here. */
export class Hub<M extends Member> {
  private readonly members = new Map<string, Set<M>>();
  private readonly joined = new Map<M, Set<string>>();

  constructor(
    private readonly bus: Pick<RoomBus, 'subscribe' | 'unsubscribe'>,
    private readonly fanout: Fanout<M>,
  ) {}

  /**
   * Puts a socket into a room; being there already is fine.
   * @returns the room's offset: what is published after it arrives
   * @throws GatewayError GW_UNAVAILABLE when the room can't be followed now; the socket is not in it then
   */
  async join(member: M, room: string): Promise<string> {
    // Before following: what arrives between the offset and our continuation must reach the socket.
    this.add(member, room);
    try {
      return await this.bus.subscribe(room);
    } catch (error) {
      this.leave(member, room);
      throw error;
    }
  }

  /** Takes a socket out of a room; not being there is fine. */
  leave(member: M, room: string): void {
    const members = this.members.get(room);
    if (!members?.delete(member)) return;
    this.fanout.remove(member, room);
    const rooms = this.joined.get(member);
    rooms?.delete(room);
    if (rooms?.size === 0) this.joined.delete(member);
    if (members.size > 0) return;
    this.members.delete(room);
    this.bus.unsubscribe(room);
  }

  /** Takes a socket out of all its rooms. */
  leaveAll(member: M): void {
    for (const room of this.roomsOf(member)) this.leave(member, room);
  }

  /** Sends to the room's sockets of this node. @returns how many they are */
  emit(event: string, payload: RoomPayload): number {
    const size = this.members.get(payload.room)?.size ?? 0;
    if (size > 0) this.fanout.emit(payload.room, event, payload);
    return size;
  }

  /** The rooms that a socket is in. */
  roomsOf(member: M): readonly string[] {
    return [...(this.joined.get(member) ?? [])];
  }

  /** Every room with sockets here, and how many. */
  sizes(): { readonly room: string; readonly members: number }[] {
    return [...this.members].map(([room, members]) => ({ room, members: members.size }));
  }

  /** How many rooms have sockets here. */
  get rooms(): number {
    return this.members.size;
  }

  private add(member: M, room: string): void {
    const members = this.members.get(room) ?? new Set<M>();
    this.members.set(room, members.add(member));
    const rooms = this.joined.get(member) ?? new Set<string>();
    this.joined.set(member, rooms.add(room));
    this.fanout.add(member, room);
  }
}
