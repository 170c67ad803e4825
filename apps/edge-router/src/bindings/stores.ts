import { redisTier, responseCache, type ResponseCache } from '@gateway/cache';
import { type EventBus, memoryEventBus, redisEventBus } from '@gateway/events';
import type { HealthReporter } from '@gateway/platform';
import { failoverLimiter, type Limiter, memoryLimiter, redisLimiter } from '@gateway/rate-limit';
import { connectRedis, type RedisClient } from '@gateway/redis';
import type { Edge } from '../edge';

/** What is shared with the other edges, or kept by this one alone. */
export interface Stores {
  readonly limiter: Limiter;
  readonly bus: EventBus;
  readonly cache: ResponseCache;
}

/** Opens the stores. Without Redis they are this process's own. */
export function openStores(edge: Edge): Stores {
  const { config, clock, lifecycle } = edge;
  const redis = openRedis(edge);
  const local = memoryLimiter({ clock });
  const limiter = redis === null ? local : failoverLimiter({ shared: redisLimiter(redis), local, clock });
  const bus = redis === null ? memoryEventBus({ clock }) : redisEventBus({ redis, clock });
  const shared = redis === null ? undefined : redisTier({ redis, clock });
  const cache = responseCache({ clock, events: bus, maxBytes: config.cacheSize, shared, origin: edge.instanceId });
  if (redis !== null) lifecycle.onStart(() => firstRead(redis, bus), 'stores');
  lifecycle.onStop(async () => {
    cache.close();
    await bus.close();
    await redis?.close();
  }, 'stores');
  return { limiter, bus, cache };
}

/** How long the start waits for Redis, in milliseconds; after that the edge works without, and takes it in when it comes. */
const START_MS = 2_000;

async function firstRead(redis: RedisClient, bus: EventBus): Promise<void> {
  await Promise.all([redis.ready(START_MS), bus.ready(START_MS)]).catch(() => undefined);
}

function openRedis({ config, clock, logger, info, health, instanceId }: Edge): RedisClient | null {
  if (config.redisUrl === undefined) {
    info.standalone('GATEWAY_REDIS_URL is not set: limits, cache and events are kept in memory, by this process alone');
    return null;
  }
  const redis = connectRedis({ url: config.redisUrl, caFile: config.redisCaFile, clock, logger, name: instanceId });
  reportRedis(redis, health.add('redis', { required: false }));
  return redis;
}

/** Never required: an edge without Redis limits and caches by itself. */
function reportRedis(redis: RedisClient, health: HealthReporter): void {
  const report = (): void => {
    if (redis.state() === 'up') health.ok();
    else health.down(`redis is ${redis.state()}: limits and cache are local until it is back`);
  };
  report();
  redis.onStateChange(report);
}
