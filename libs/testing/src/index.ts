export { createAuthority, needsRenewal, type Authority, type IssueOptions } from './authority';
export { eventually, type EventuallyOptions } from './eventually';
export { fakeClock, type FakeClock } from './fake-clock';
export { freePort, portProblem } from './ports';
export { startRedis, type StartRedisOptions, type TestRedis } from './redis';
export { redisCommand, type RedisAccess } from './redis-command';
export { findRedisServer, redisConfig, redisUrl, type RedisSettings } from './redis-server';
