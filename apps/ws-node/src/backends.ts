import { memoryEventBus, redisEventBus, type EventBus } from '@gateway/events';
import type { Service } from '@gateway/platform';
import { MemoryRooms, redisRoomBus, type RoomBus } from '@gateway/realtime';
import { connectRedis } from '@gateway/redis';
import type { WsNodeConfig } from './config';
import type { WsNodeMetrics } from './metrics';

/** How long the start waits for Redis, in ms. Without it the node starts all the same, and is healed when it comes. */
const READY_MS = 2_000;

/** What the nodes share. */
export interface Backends {
  readonly rooms: RoomBus;
  readonly events: EventBus;
}

/** Rooms and events through Redis, or in this process's memory when there is none. */
export function openBackends(service: Service<WsNodeConfig>, metrics: WsNodeMetrics): Backends {
  const { config, clock, info, lifecycle } = service;
  if (config.redisUrl !== undefined) return openShared(service, config.redisUrl, metrics);
  info.standalone('no GATEWAY_REDIS_URL: rooms and events are those of this process alone');
  const backends = { rooms: new MemoryRooms(clock).connect(), events: memoryEventBus({ clock }) };
  lifecycle.onStop(() => close(backends), 'rooms and events');
  return backends;
}

function openShared(service: Service<WsNodeConfig>, url: string, metrics: WsNodeMetrics): Backends {
  const { config, clock, logger, health, lifecycle, instanceId } = service;
  const redis = connectRedis({ url, caFile: config.redisCaFile, clock, logger, name: instanceId });
  const check = health.add('redis', { required: false });
  redis.onStateChange((state) =>
    state === 'up' ? check.ok() : check.down(`it is ${state}: nothing can be published`),
  );
  const rooms = redisRoomBus({
    redis,
    clock,
    onUnreadable: (room, offset) => {
      metrics.dropped.inc({ source: 'room' });
      logger.warn({ room, offset }, 'an entry of a room is not a message');
    },
    onFailure: (room, err) => logger.debug({ room, err }, 'rooms cannot be read now'),
  });
  const backends = { rooms, events: redisEventBus({ redis, clock }) };
  lifecycle.onStart(() => redis.ready(READY_MS).catch(() => undefined), 'redis');
  lifecycle.onStop(async () => {
    await close(backends);
    await redis.close();
  }, 'rooms and events');
  return backends;
}

async function close({ rooms, events }: Backends): Promise<void> {
  await rooms.close();
  await events.close();
}
