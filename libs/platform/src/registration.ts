import {
  registerService,
  type InstanceInit,
  type Registration,
  type RegistrationOptions,
  type RegistrationStatus,
} from '@gateway/discovery';
import type { HealthReporter } from './health';
import type { Service } from './service';

/** What a service tells the registry about itself. */
export interface Registrant extends Pick<RegistrationOptions, 'client' | 'descriptorSet' | 'load'> {
  /** Asked once everything listens: ports that the system chose are known by then. */
  readonly instance: () => InstanceInit;
  /** True: the service isn't ready before it is registered for the first time, since nobody finds it until then. */
  readonly required: boolean;
}

/** An instance's place in the registry. */
export interface RegisteredInstance {
  /** Nothing new is sent here. Resolves when the registry knows, or can't be told. */
  drain(): Promise<void>;
}

/**
 * Registers an instance when everything listens, keeps its lease, and takes it back when the process ends.
 * The health check is named after the service. A registry that goes away later never makes it unready: who knew the
 * instance still calls it.
 */
export function registerWhenReady(
  { clock, lifecycle, health }: Pick<Service, 'clock' | 'lifecycle' | 'health'>,
  name: string,
  { client, instance, descriptorSet, load, required }: Registrant,
): RegisteredInstance {
  const onStatus = reporter(health.add(`registration of ${name}`, { required }));
  let registration: Registration | undefined;
  lifecycle.onReady(() => {
    registration = registerService({ client, clock, instance: instance(), descriptorSet, load, onStatus });
  }, `register ${name}`);
  lifecycle.onStop(() => registration?.deregister(), `deregister ${name}`);
  return { drain: async () => registration?.drain() };
}

function reporter(check: HealthReporter): (status: RegistrationStatus) => void {
  let registered = false;
  return (status) => {
    registered ||= status.state === 'registered';
    const why = 'why' in status ? `${status.state}: ${status.why}` : status.state;
    if (status.state === 'registered') check.ok();
    else if (registered) check.degraded(why);
    else check.down(why);
  };
}
