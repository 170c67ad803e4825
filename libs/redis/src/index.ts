export { RedisReplyError, RedisUnavailableError } from './errors';
export type {
  RedisArgument,
  RedisClient,
  RedisScript,
  RedisState,
  ScriptDefinition,
  Unsubscribe,
} from './redis-client';
export { connectRedis, type RedisOptions } from './connect';
export { storeGuard, type StoreGuard, type StoreGuardOptions } from './store-guard';
