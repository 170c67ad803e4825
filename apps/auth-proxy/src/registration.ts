import { formatAddress } from '@gateway/config';
import { registryV1 } from '@gateway/contracts';
import { registerService, type Registration, type RegistryClient } from '@gateway/discovery';
import type { GrpcListener, Service } from '@gateway/platform';
import type { AuthProxyConfig } from './config';

/** Registers this instance as `auth-proxy` once it listens, and takes it back when the process is told to end. */
export function registerWhenReady(
  service: Service<AuthProxyConfig>,
  client: RegistryClient,
  listener: GrpcListener,
): void {
  const { clock, lifecycle, config } = service;
  const health = service.health.add('registration', { required: false });
  let registration: Registration | undefined;
  lifecycle.onReady(() => {
    registration = registerService({
      client,
      clock,
      instance: {
        id: service.instanceId,
        service: service.name,
        address: formatAddress({ host: config.advertisedHost, port: listener.address.port }),
        protocol: registryV1.Protocol.GRPC,
      },
      onStatus(status) {
        if (status.state === 'registered') health.ok();
        else health.degraded('why' in status ? `${status.state}: ${status.why}` : status.state);
      },
    });
  }, 'register');
  lifecycle.onDrain(() => registration?.drain(), 'drain registration');
  lifecycle.onStop(() => registration?.deregister(), 'deregister');
}
