export { createAuthority, needsRenewal, type Authority, type IssueOptions } from './authority';
export { eventually, type EventuallyOptions } from './eventually';
export { startFaultyLink, type Fault, type FaultyLink } from './faults/faulty-link';
export { fakeClock, type FakeClock } from './fake-clock';
export { grpcWebText } from './grpc-web-text';
export { freePort, portProblem } from './ports';
export { startRedis, type StartRedisOptions, type TestRedis } from './redis';
export { redisCommand, type RedisAccess } from './redis-command';
export { findRedisServer, redisConfig, redisUrl, type RedisSettings } from './redis-server';
export { startApp, type AppLaunch, type RunningApp, type RunningProcess } from './platform/app-process';
export { environmentOf, identityDir, standardPorts, type Ports, type Surroundings } from './platform/environment';
export {
  appCommand,
  describeExit,
  launch,
  tailOf,
  workspaceDir,
  type Exit,
  type Launch,
  type Program,
} from './platform/program';
export { isReady, unseenBy, whyNotReady, type Registered } from './platform/readiness';
export { runToEnd, type Ended } from './platform/run-to-end';
export { startEdge, type RunningEdge } from './platform/start-edge';
export { SERVICES, type ServiceSpec } from './platform/services';
export {
  startPlatform,
  type Platform,
  type PlatformOptions,
  type RunningGrpcApp,
  type RunningMocks,
  type RunningWsNode,
} from './platform/start-platform';
export { ScriptedDns, type DnsRecord, type DnsReply } from './scripted-dns';
export {
  DEVELOPMENT_OWNERS,
  IDENTITIES,
  PROCESSES,
  adminVariable,
  processSpec,
  serviceProcess,
  type Link,
  type Owners,
  type ProcessSpec,
} from './platform/topology';
