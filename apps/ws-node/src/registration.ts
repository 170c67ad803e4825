import { formatAddress } from '@gateway/config';
import { registryV1 } from '@gateway/contracts';
import { RegistryClient, registerService, type Registration, type RegistrationStatus } from '@gateway/discovery';
import { spiffeIdFor } from '@gateway/mtls';
import type { HealthReporter, Service } from '@gateway/platform';
import type { WsNodeConfig } from './config';

/** What the registry is told of the node. */
export interface Listing {
  /** Port of Socket.IO; known when everything listens. */
  readonly port: () => number;
  readonly grpcPort: () => number;
  readonly connections: () => number;
}

/** The node's place in the registry. */
export interface NodeRegistration {
  /** Nothing new is sent here. Resolves when the registry knows, or can't be told. */
  drain(): Promise<void>;
}

const nowhere: NodeRegistration = { drain: async () => undefined };

/** Registers the node as an instance of `ws-node` when everything listens, with its load at each renewal. */
export function registerNode(service: Service<WsNodeConfig>, listing: Listing): NodeRegistration {
  const { config, clock, identity, health, lifecycle, info } = service;
  if (config.registry === undefined || identity === null) {
    info.standalone('no GATEWAY_REGISTRY: the node is not registered, its clients connect directly');
    return nowhere;
  }
  const check = health.add('registry', { required: false });
  const credentials = identity.grpcClientCredentials({ expect: spiffeIdFor('registry-daemon') });
  const client = new RegistryClient({ address: config.registry, credentials, clock });
  const advertised = (port: number): string => formatAddress({ host: config.advertisedHost, port });
  let registration: Registration | undefined;
  lifecycle.onReady(() => {
    registration = registerService({
      client,
      clock,
      instance: {
        id: service.instanceId,
        service: 'ws-node',
        address: advertised(listing.port()),
        protocol: registryV1.Protocol.HTTP1,
        metadata: { grpc: advertised(listing.grpcPort()) },
      },
      load: () => ({ connections: listing.connections(), inFlight: 0 }),
      onStatus: (status) => report(check, status),
    });
  }, 'register');
  lifecycle.onStop(async () => {
    await registration?.deregister();
    client.close();
  }, 'deregister');
  return { drain: async () => registration?.drain() };
}

function report(check: HealthReporter, status: RegistrationStatus): void {
  if (status.state === 'registered') check.ok();
  else check.degraded('why' in status ? `${status.state}: ${status.why}` : status.state);
}
