import { registryV1 } from '@gateway/contracts';
import type { ServiceDirectory } from '@gateway/discovery';
import type { GrpcEndpoint } from '@gateway/grpc-pool';
import { spiffeIdFor } from '@gateway/mtls';

const { READY } = registryV1.InstanceState;

/** Where the Auth service can be asked. */
export interface Endpoints {
  /** One after the other in turn; null when there is none. */
  next(): GrpcEndpoint | null;
}

/** A fixed address. @param name of the identity that must answer there */
export function fixedEndpoint(address: string, name: string): Endpoints {
  const endpoint: GrpcEndpoint = { address, expect: spiffeIdFor(name) };
  return { next: () => endpoint };
}

/** The ready instances that the registry knows. Each must show the certificate of the identity that registered it. */
export function registeredEndpoints(directory: Pick<ServiceDirectory, 'instances'>, service: string): Endpoints {
  let turn = 0;
  return {
    next() {
      const ready = directory.instances(service).filter(({ state }) => state === READY);
      const instance = ready[turn++ % ready.length];
      return instance === undefined ? null : { address: instance.address, expect: instance.owner };
    },
  };
}
