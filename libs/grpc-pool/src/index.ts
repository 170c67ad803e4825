export { GrpcCallError } from './grpc-call-error';
export type { ChannelStats, CredentialsFor, GrpcEndpoint, HeaderList, UnaryOptions, UnaryResult } from './types';
