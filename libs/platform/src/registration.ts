import {
  registerService,
  type InstanceInit,
  type Registration,
  type RegistrationOptions,
  type RegistrationStatus,
} from '@gateway/discovery';
import type { HealthReporter } from './health';
import type { PlatformConfig, Service } from './service';
import { VERSION } from './version';

/** What a service tells the registry about itself. */
export interface Registrant extends Pick<RegistrationOptions, 'client' | 'descriptorSet' | 'load'> {
  /**
   * Asked once everything listens: ports that the system chose are known by then. Zone and weight come from the
   * configuration, the version is the platform's; what is given here counts first.
   */
  readonly instance: () => InstanceInit;
  /** True: the service isn't ready before it is registered for the first time, since nobody finds it until then. */
  readonly required: boolean;
}

/** What registering needs of a service. */
export interface Registering extends Pick<Service, 'clock' | 'lifecycle' | 'health'> {
  readonly config: Pick<PlatformConfig, 'zone' | 'weight'>;
}

/** What every instance of the process tells the same. */
export const placeOf = ({
  zone,
  weight,
}: Registering['config']): Pick<InstanceInit, 'version' | 'zone' | 'weight'> => ({
  version: VERSION,
  zone: zone ?? '',
  weight,
});

/** An instance's place in the registry. */
export interface RegisteredInstance {
  /** Nothing new is sent here. Resolves when the registry knows, or can't be told. */
  drain(): Promise<void>;
}

/**
 * Registers an instance when everything listens, as ready (nobody should hear of it before), keeps its lease, and takes
 * it back when the process ends.
 * The health check is named after the service. A registry that goes away later never makes it unready: who knew the
 * instance still calls it.
 */
export function registerWhenReady(
  { clock, lifecycle, health, config }: Registering,
  name: string,
  { client, instance, descriptorSet, load, required }: Registrant,
): RegisteredInstance {
  const onStatus = reporter(health.add(`registration of ${name}`, { required }));
  let registration: Registration | undefined;
  lifecycle.onReady(() => {
    const described = { ...placeOf(config), ...instance() };
    registration = registerService({ client, clock, instance: described, descriptorSet, load, onStatus });
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
