import type { Clock } from '@gateway/clock';
import type { RedisClient } from '@gateway/redis';
import type { SharedTier } from './shared-tier';

export declare function redisTier(options: { redis: RedisClient; clock: Clock }): SharedTier;
