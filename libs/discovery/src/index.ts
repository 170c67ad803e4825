export { RegistryCallError } from './registry-call-error';
export { RegistryClient, type RegistryClientOptions, type WatchHandler } from './registry-client';
export { type InstanceInit, Registration, type RegistrationOptions, type RegistrationStatus } from './registration';
export { type DirectoryChange } from './directory-model';
export { type DirectoryOptions, type DirectoryStatus, ServiceDirectory } from './directory';
export { registerService } from './service/register-service';
export type { RegisteredService, ServiceHealthCheck, ServiceOptions } from './service/service-options';
export {
  closeListener,
  DeregisterOnShutdown,
  type GrpcListener,
  type NodeListener,
  type ShutdownOptions,
  shutDownOnSignals,
} from './service/shutdown';
export { type GatewayChannels, type GatewayResolverOptions, registerGatewayResolver } from './grpc/register-resolver';
