export { MAX_ROOM_LENGTH, parseRoom, type Room } from './room';
export { RESERVED_EVENTS, isEventName } from './event-name';
export { MAX_JSON_DEPTH, isJson, type Json } from './json';
export { MAX_MESSAGE_BYTES, type Draft, type Published, type RoomMessage } from './message';
export type { MessageHandler, RoomBus } from './room-bus';
export { MemoryRooms } from './memory-room-bus';
export {
  OWN_ROOM_TYPE,
  resourceRoomPolicy,
  type RoomAction,
  type RoomPolicy,
  type RoomRequirement,
} from './room-policy';
export { redisRoomBus, type RedisRoomBusOptions } from './redis-room-bus';
