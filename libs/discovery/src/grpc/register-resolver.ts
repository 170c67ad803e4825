import { type ChannelCredentials, experimental } from '@grpc/grpc-js';
import { type Clock, systemClock } from '@gateway/clock';
import { chainCredentials, namingServer } from '../identity/folder-credentials';
import { gatewayResolver, type ResolverDirectory } from './gateway-resolver';
import { type LookUp, systemLookUp } from './instance-addresses';
import { checkingOwner } from './owner-check';

/** Channels to `gateway:///<service>` find their instances in the directory now. */
export interface GatewayChannels {
  /**
   * Mutual TLS with the certificate of a folder (cert.pem, key.pem, ca.pem; watched). At each instance's address only the
   * identity that registered it is accepted.
   * @throws Error when the folder can't be used
   */
  credentials(folder: string): ChannelCredentials;
}

/** What the resolver goes by. */
export interface GatewayResolverOptions {
  readonly directory: ResolverDirectory;
  readonly clock?: Clock;
  /** How names of hosts become addresses; the system's way when not given. */
  readonly lookUp?: LookUp;
}

/**
 * Teaches grpc-js the scheme `gateway`, for this process: `new ShopClient('gateway:///shop-service', credentials)`.
 * Calls go round the service's instances that are ready, as the registry tells them while the channel lives. Any
 * credentials that expect the service's owner will do; those of `credentials` check each instance.
 */
export function registerGatewayResolver({
  directory,
  clock = systemClock,
  lookUp = systemLookUp,
}: GatewayResolverOptions): GatewayChannels {
  const owners = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  const resolver = gatewayResolver(directory, lookUp, (service, byAddress) => owners.set(service, byAddress));
  experimental.registerResolver('gateway', resolver);
  return {
    credentials: (folder) => {
      const anyOfTheCa = chainCredentials(folder, clock, (id) => (id === null ? 'the server has no identity' : null));
      const named = namingServer(anyOfTheCa, (path) => path.replace(/^\/+/, ''));
      return checkingOwner(named, (service, address) => owners.get(service)?.get(address));
    },
  };
}
