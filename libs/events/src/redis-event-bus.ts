import type { Clock } from '@gateway/clock';
import type { RedisClient } from '@gateway/redis';
import type { EventBus } from './event-bus';

export interface RedisEventBusOptions {
  readonly redis: RedisClient;
  readonly clock: Clock;
}

export declare function redisEventBus(options: RedisEventBusOptions): EventBus;
