import type { Room } from './room';

/** What a socket wants to do with a room. */
export type RoomAction = 'join' | 'publish';

/** What decides: nothing more, or a permission on a resource that somebody else knows about. */
export type RoomRequirement =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'permission'; readonly permission: string; readonly resource: string };

/** Who may do what with a room. */
export interface RoomPolicy {
  /** @param subject the caller's stable id */
  requirement(room: Room, action: RoomAction, subject: string): RoomRequirement;
}

/** The type of a caller's own room. */
export const OWN_ROOM_TYPE = 'user';

const PERMISSION: Record<RoomAction, string> = { join: 'read', publish: 'write' };

/**
 * The rule of the platform: `<type>:<id>` takes the permission `<type>:read` on `<id>` to join and `<type>:write` to
 * publish; `user:<subject>` is the subject's alone.
 */
export const resourceRoomPolicy: RoomPolicy = {
  requirement(room, action, subject) {
    if (room.type === OWN_ROOM_TYPE) return { kind: room.id === subject ? 'allowed' : 'denied' };
    return { kind: 'permission', permission: `${room.type}:${PERMISSION[action]}`, resource: room.id };
  },
};
