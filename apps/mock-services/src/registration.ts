import type { DescService } from '@bufbuild/protobuf';
import { formatAddress } from '@gateway/config';
import { descriptorSetOf, registryV1 } from '@gateway/contracts';
import { registerService, RegistryClient, type Registration, type RegistrationStatus } from '@gateway/discovery';
import { spiffeIdFor, type Identity } from '@gateway/mtls';
import type { HealthReporter, Service } from '@gateway/platform';
import type { MockConfig } from './config';
import type { SwitchableListener } from './listeners';

/** A service to be registered, under its own identity. */
export interface Registrant {
  readonly identity: Identity;
  readonly listener: SwitchableListener;
  readonly protocol: registryV1.Protocol;
  /** Absent: it has no contract. */
  readonly desc?: DescService;
}

function report(health: HealthReporter, status: RegistrationStatus): void {
  if (status.state === 'registered') health.ok();
  else health.degraded('why' in status ? `${status.state}: ${status.why}` : status.state);
}

/** Registers a service when everything listens, and takes it back when the process is told to end. */
export function registerWhenReady(service: Service<MockConfig>, registry: string, registrant: Registrant): void {
  const { clock, lifecycle, health: checks } = service;
  const { identity, listener, protocol, desc } = registrant;
  const health = checks.add(`registry (${identity.name})`, { required: false });
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: registry, credentials, clock });
  let registration: Registration | undefined;
  lifecycle.onReady(() => {
    registration = registerService({
      client,
      clock,
      instance: {
        id: service.instanceId,
        service: identity.name,
        address: formatAddress({ host: service.config.advertisedHost, port: listener.address.port }),
        protocol,
      },
      descriptorSet: desc && descriptorSetOf([desc.file]),
      onStatus: (status) => report(health, status),
    });
  }, `register ${identity.name}`);
  // First nothing new is sent here, then the ports drain, then the instance is gone.
  lifecycle.onDrain(() => registration?.drain(), `drain ${identity.name}`);
  lifecycle.onStop(async () => {
    await registration?.deregister();
    client.close();
  }, `deregister ${identity.name}`);
}
