import { type ChannelOptions, experimental, Metadata, status } from '@grpc/grpc-js';
import { registryV1 } from '@gateway/contracts';
import type { DirectoryChange } from '../directory-model';
import type { DirectoryStatus } from '../directory';
import { addressKey, dialled, type DialledInstance, type LookUp } from './instance-addresses';

/** What is read of a `ServiceDirectory`. */
export interface ResolverDirectory {
  instances(service: string): readonly registryV1.Instance[];
  readonly status: DirectoryStatus;
  onChange(listener: (change: DirectoryChange) => void): () => void;
}

/** Told which owners may answer where, for each service. */
export type OwnersListener = (service: string, owners: ReadonlyMap<string, ReadonlySet<string>>) => void;

const ROUND_ROBIN = { loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] };

/** How connections are kept, where the channel's own options don't say. */
const CONNECTIONS: ChannelOptions = {
  // An instance that was restarted at its address must be called within a second; grpc-js would wait up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A host that vanished without a FIN is noticed by pings.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3_000,
};

type Listener = experimental.ResolverListener;

/** Makes the class that grpc-js makes a resolver of for each channel to `gateway:///<service>`. */
export const gatewayResolver = (directory: ResolverDirectory, lookUp: LookUp, onOwners: OwnersListener) =>
  class GatewayResolver implements experimental.Resolver {
    readonly service: string;
    #unsubscribe: (() => void) | null = null;
    /** Which look at the directory is the latest: names may take their time. */
    #look = 0;

    readonly #connections: ChannelOptions;

    constructor(
      target: experimental.GrpcUri,
      private readonly listener: Listener,
      options: ChannelOptions,
    ) {
      this.service = serviceIn(target);
      this.#connections = { ...CONNECTIONS, ...options };
    }

    static getDefaultAuthority(target: experimental.GrpcUri): string {
      return serviceIn(target);
    }

    /** Called at first, and when a connection fails: its host may have another address now. */
    updateResolution(): void {
      this.#unsubscribe ??= directory.onChange(({ services }) => {
        if (services.has(this.service)) void this.#resolve();
      });
      void this.#resolve();
    }

    destroy(): void {
      this.#unsubscribe?.();
      this.#unsubscribe = null;
      this.#look++;
    }

    async #resolve(): Promise<void> {
      const look = ++this.#look;
      const instances = callable(directory.instances(this.service));
      // Calls wait until the registry has spoken, or their deadline has passed.
      if (instances.length === 0 && directory.status.state === 'starting') return;
      const found = await dialled(instances, lookUp);
      if (look === this.#look) this.#tell(found);
    }

    #tell(found: readonly DialledInstance[]): void {
      const config = experimental.statusOrFromValue(ROUND_ROBIN);
      if (found.length === 0) {
        const details = `no instance of ${this.service} can be called`;
        const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
        // round_robin goes on with those it has when it is told an error, and has calls wait when it is told of none.
        this.listener(experimental.statusOrFromValue([]), this.#connections, config, details);
        this.listener(experimental.statusOrFromError(error), this.#connections, config, details);
        return;
      }
      // Before connections are made to them.
      onOwners(this.service, ownersOf(found));
      const endpoints = found.map(({ addresses }) => ({ addresses: [...addresses] }));
      this.listener(experimental.statusOrFromValue(endpoints), this.#connections, config, '');
    }
  };

/** Those that take calls; of them those with nothing against them, if there are any. */
function callable(instances: readonly registryV1.Instance[]): readonly registryV1.Instance[] {
  const ready = instances.filter(({ state }) => state === registryV1.InstanceState.READY);
  const well = ready.filter(
    ({ health, ejection }) =>
      health?.state !== registryV1.HealthState.FAILING && (ejection === undefined || ejection.shadow),
  );
  return well.length > 0 ? well : ready;
}

function ownersOf(found: readonly DialledInstance[]): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { owner, addresses } of found)
    for (const { host, port } of addresses) {
      const key = addressKey(host, port);
      owners.set(key, (owners.get(key) ?? new Set()).add(owner));
    }
  return owners;
}

/** `gateway:///shop-service`. */
export const serviceIn = ({ path }: experimental.GrpcUri): string => path.replace(/^\/+/, '');
