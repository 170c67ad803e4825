export { ConnectionHealth } from './connection-health';
export { GrpcCallError } from './grpc-call-error';
export { GrpcPool, type GrpcPoolOptions, grpcEndpointKey } from './grpc-pool';
export { leastBusy, nearlyFull } from './least-busy';
export type {
  ChannelStats,
  CredentialsFor,
  GrpcEndpoint,
  GrpcStream,
  HeaderList,
  StreamOptions,
  UnaryOptions,
  UnaryResult,
} from './types';
export {
  type ConnectionHolder,
  type ConnectionState,
  DEFAULT_MAX_AGE_MS,
  type PooledConnection,
  Upkeep,
  type UpkeepOptions,
  jitteredAge,
} from './upkeep';
export { type EndpointUsage, UsageMeter } from './usage';
