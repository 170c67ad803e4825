import type { RedisClient } from '@gateway/redis';
import type { Limiter } from './limiter';

export declare function redisLimiter(redis: RedisClient): Limiter;
