import { formatAddress } from '@gateway/config';
import { registryV1 } from '@gateway/contracts';
import type { RegistryClient } from '@gateway/discovery';
import { registerWhenReady, type GrpcListener, type Service } from '@gateway/platform';
import type { AuthProxyConfig } from './config';

/** Registers this instance as `auth-proxy` once it listens, and takes it back when the process is told to end. */
export function registerAuthProxy(
  service: Service<AuthProxyConfig>,
  client: RegistryClient,
  listener: GrpcListener,
): void {
  const { lifecycle, config, name, instanceId: id } = service;
  const address = (): string => formatAddress({ host: config.advertisedHost, port: listener.address.port });
  const registered = registerWhenReady(service, name, {
    client,
    instance: () => ({ id, service: name, address: address(), protocol: registryV1.Protocol.GRPC }),
    // The edge and the ws-nodes know its address: they don't need the registry to find it.
    required: false,
  });
  lifecycle.onDrain(() => registered.drain(), 'drain registration');
}
