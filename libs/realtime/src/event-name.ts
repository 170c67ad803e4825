/** An event's name, such as `project_updated` or `cursor.moved`. */
const EVENT_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;

/**
 * Names that mean something to Socket.IO itself (its server and client refuse or misread them) or to the protocol of our
 * sockets: nobody may publish them to a room, else a client could be told that it was disconnected.
 */
export const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  'connect',
  'connect_error',
  'connection',
  'disconnect',
  'disconnecting',
  'error',
  'newListener',
  'removeListener',
  'auth',
  'auth_expiring',
  'closing',
  'join',
  'leave',
  'publish',
]);

/** Whether messages may carry this name. */
export const isEventName = (name: unknown): name is string =>
  typeof name === 'string' && EVENT_NAME.test(name) && !RESERVED_EVENTS.has(name);
