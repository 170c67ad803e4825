export { RegistryCallError } from './registry-call-error';
export { RegistryClient, type RegistryClientOptions, type WatchHandler } from './registry-client';
export {
  type InstanceInit,
  Registration,
  type RegistrationOptions,
  type RegistrationStatus,
  registerService,
} from './registration';
export { type DirectoryChange } from './directory-model';
export { type DirectoryOptions, type DirectoryStatus, ServiceDirectory } from './directory';
