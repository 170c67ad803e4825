export { createAuthority, type Authority, type IssueOptions } from './authority';
export { eventually } from './eventually';
export { fakeClock, type FakeClock } from './fake-clock';
export { freePort } from './free-port';
export { findRedisServer, redisConfiguration, startRedis, type TestRedis } from './redis';
