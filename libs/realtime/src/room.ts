/** A room's name, taken apart. */
export interface Room {
  /** `<type>:<id>`. */
  readonly name: string;
  /** What kind of thing the room is about, such as `project`. */
  readonly type: string;
  /** Which one. */
  readonly id: string;
}

/** Longest room name, in characters. */
export const MAX_ROOM_LENGTH = 161;

/**
 * `<type>:<id>`: a lower-case word of at most 32 characters, and an id of at most 128. The id's characters are those of
 * the ids in use (UUIDs, slugs, subjects such as `auth0|42` or an e-mail address); braces are left out because a room's
 * name stands in a Redis hash tag.
 */
const ROOM = /^([a-z][a-z0-9_-]{0,31}):([A-Za-z0-9._~@|:+=/-]{1,128})$/;

/** Reads a room's name; null when it isn't one. */
export function parseRoom(name: unknown): Room | null {
  const [, type, id] = (typeof name === 'string' && ROOM.exec(name)) || [];
  return type === undefined || id === undefined ? null : { name: name as string, type, id };
}
