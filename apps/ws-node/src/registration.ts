import { formatAddress } from '@gateway/config';
import { registryV1 } from '@gateway/contracts';
import { RegistryClient } from '@gateway/discovery';
import { spiffeIdFor } from '@gateway/mtls';
import { registerWhenReady, type RegisteredInstance, type Service } from '@gateway/platform';
import type { WsNodeConfig } from './config';

/** What the registry is told of the node. */
export interface Listing {
  /** Port of Socket.IO; known when everything listens. */
  readonly port: () => number;
  readonly grpcPort: () => number;
  readonly connections: () => number;
}

const nowhere: RegisteredInstance = { drain: async () => undefined };

/** Registers the node as an instance of `ws-node` when everything listens, with its load at each renewal. */
export function registerNode(service: Service<WsNodeConfig>, listing: Listing): RegisteredInstance {
  const { config, clock, identity, lifecycle, info, instanceId: id } = service;
  if (config.registry === undefined || identity === null) {
    info.standalone('no GATEWAY_REGISTRY: the node is not registered, its clients connect directly');
    return nowhere;
  }
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: config.registry, credentials, clock });
  // Added first, so run last: the lease is given back over it.
  lifecycle.onStop(() => client.close(), 'close the registry');
  const advertised = (port: number): string => formatAddress({ host: config.advertisedHost, port });
  return registerWhenReady(service, 'ws-node', {
    client,
    instance: () => ({
      id,
      service: 'ws-node',
      address: advertised(listing.port()),
      protocol: registryV1.Protocol.HTTP1,
      metadata: { grpc: advertised(listing.grpcPort()) },
    }),
    load: () => ({ connections: listing.connections(), inFlight: 0 }),
    required: true,
  });
}
