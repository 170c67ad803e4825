import { Registration, type RegistrationOptions } from '../registration';
import type { RegisteredService, ServiceOptions } from './service-options';
import { ServiceRegistration } from './service-registration';

/**
 * Registers a service and keeps it registered, whatever happens to the registry, until it is closed.
 * @throws Error when address, identity or contract can't be used
 */
export function registerService(options: ServiceOptions): RegisteredService;
/** The same over a client that the process has for other things, too: one of the platform's own apps. */
export function registerService(options: RegistrationOptions): Registration;
export function registerService(options: ServiceOptions | RegistrationOptions): RegisteredService | Registration {
  if (!('client' in options)) return new ServiceRegistration(options);
  const registration = new Registration(options);
  registration.start();
  return registration;
}
