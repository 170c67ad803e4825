export { GrpcCallError } from './grpc-call-error';
export { GrpcPool, type GrpcPoolOptions } from './grpc-pool';
export type { ChannelStats, CredentialsFor, GrpcEndpoint, HeaderList, UnaryOptions, UnaryResult } from './types';
