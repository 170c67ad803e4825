export { withinBudget } from './budget';
export { connectRedis, type RedisLogger, type RedisOptions } from './connect';
export { EPOCH_KEY } from './epoch.lua';
export { RedisReplyError, RedisUnavailableError } from './errors';
export type {
  RedisArgument,
  RedisClient,
  RedisScript,
  RedisState,
  ScriptDefinition,
  Unsubscribe,
} from './redis-client';
export { storeGuard, type StoreGuard, type StoreGuardOptions } from './store-guard';
export { appendToStream, readStream, readStreamEnd, streamEntries, type ReadFrom, type StreamEntry } from './stream';
