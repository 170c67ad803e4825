import type { DescService } from '@bufbuild/protobuf';
import { formatAddress } from '@gateway/config';
import { descriptorSetOf, registryV1 } from '@gateway/contracts';
import { RegistryClient } from '@gateway/discovery';
import { spiffeIdFor, type Identity } from '@gateway/mtls';
import { registerWhenReady, type Service } from '@gateway/platform';
import type { MockConfig } from './config';
import { comments_auth_v1_auth_service } from './gen/auth/v1/auth_service_comments';
import { comments_project_v1_project_service } from './gen/project/v1/project_service_comments';
import { comments_simulation_v1_simulation_service } from './gen/simulation/v1/simulation_service_comments';
import type { SwitchableListener } from './listeners';

/** The prose of the documentation that the edge serves. */
const COMMENTS = {
  ...comments_auth_v1_auth_service,
  ...comments_project_v1_project_service,
  ...comments_simulation_v1_simulation_service,
};

/** A service to be registered, under its own identity. */
export interface Registrant {
  readonly identity: Identity;
  readonly listener: SwitchableListener;
  readonly protocol: registryV1.Protocol;
  /** Absent: it has no contract. */
  readonly desc?: DescService;
}

/** Registers a service when everything listens, and takes it back when the process is told to end. */
export function registerMock(service: Service<MockConfig>, registry: readonly string[], registrant: Registrant): void {
  const { clock, lifecycle, config, instanceId: id } = service;
  const { identity, listener, protocol, desc } = registrant;
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: registry, credentials, clock });
  // Added first, so run last: the lease is given back over it.
  lifecycle.onStop(() => client.close(), `close the registry of ${identity.name}`);
  const address = (): string => formatAddress({ host: config.advertisedHost, port: listener.address.port });
  const registered = registerWhenReady(service, identity.name, {
    client,
    instance: () => ({ id, service: identity.name, address: address(), protocol }),
    descriptorSet: desc && descriptorSetOf([desc.file], COMMENTS),
    required: true,
  });
  // First nothing new is sent here, then the ports drain, then the instance is gone.
  lifecycle.onDrain(() => registered.drain(), `drain ${identity.name}`);
}
