import { GatewayError } from '@gateway/errors';
import type { RoomBus } from '@gateway/realtime';
import type { Hub } from '../hub/hub';
import type { Admission } from './admission';
import type { ClientSocket } from './client-socket';
import { readPublish, readRoom, readToken } from './payloads';
import type { RoomAccess } from './room-access';
import type { Session } from './session';

/** What the events of clients work with. */
export interface ClientEventsOptions {
  readonly hub: Hub<ClientSocket>;
  readonly bus: Pick<RoomBus, 'publish'>;
  readonly access: RoomAccess;
  readonly admission: Admission;
  /** Rooms that one socket may be in. */
  readonly maxRooms: number;
}

/** Does what a client asks. @returns what the acknowledgement says beside `ok` @throws GatewayError */
export type ClientEvent = (session: Session, payload: unknown) => Promise<object>;

/** Everything that a client may ask for, by the event's name. */
export function clientEvents(options: ClientEventsOptions): ReadonlyMap<string, ClientEvent> {
  return new Map([
    ['join', join(options)],
    ['leave', leave(options)],
    ['publish', publish(options)],
    ['auth', renew(options)],
  ]);
}

const join =
  ({ hub, access, maxRooms }: ClientEventsOptions): ClientEvent =>
  async ({ socket, caller }, payload) => {
    const room = readRoom(payload);
    const rooms = hub.roomsOf(socket);
    if (rooms.length >= maxRooms && !rooms.includes(room.name))
      throw new GatewayError('GW_FAILED_PRECONDITION', { detail: `a socket may be in ${maxRooms} rooms` });
    await access.mustAllow(caller.principal, 'join', room);
    // A socket that went meanwhile has left its rooms already, and would stay in this one for ever.
    if (!socket.connected) throw new GatewayError('GW_CLIENT_CLOSED');
    return { offset: await hub.join(socket, room.name) };
  };

const leave =
  ({ hub }: ClientEventsOptions): ClientEvent =>
  async ({ socket }, payload) => {
    hub.leave(socket, readRoom(payload).name);
    return {};
  };

const publish =
  ({ bus, access }: ClientEventsOptions): ClientEvent =>
  async ({ caller }, payload) => {
    const { room, event, data } = readPublish(payload);
    await access.mustAllow(caller.principal, 'publish', room);
    return bus.publish({ room: room.name, event, data });
  };

const renew =
  ({ admission }: ClientEventsOptions): ClientEvent =>
  async (session, payload) => {
    const caller = await admission.admit(readToken(payload));
    session.renew(caller);
    const { expiresAt } = caller.principal;
    return Number.isFinite(expiresAt) ? { expiresAt: new Date(expiresAt).toISOString() } : {};
  };
