import { systemClock } from '@gateway/clock';
import { MemoryRooms } from './memory-room-bus';
import { roomBusConformance } from './room-bus.conformance';

roomBusConformance(async () => {
  const rooms = new MemoryRooms(systemClock);
  return { connect: () => rooms.connect(), close: async () => undefined };
});
