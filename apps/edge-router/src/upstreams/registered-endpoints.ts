import { registryV1 } from '@gateway/contracts';
import type { Endpoint, EndpointProtocol } from './endpoint';
import type { EndpointSource } from './endpoint-sources';

type Instance = registryV1.Instance;

/** What is read of the registry's directory. */
export interface InstanceDirectory {
  /** In every state; the same array until one changes. */
  instances(service: string): readonly Instance[];
  services(): readonly string[];
}

const PROTOCOLS: Readonly<Record<registryV1.Protocol, EndpointProtocol>> = {
  [registryV1.Protocol.UNSPECIFIED]: 'grpc',
  [registryV1.Protocol.GRPC]: 'grpc',
  [registryV1.Protocol.HTTP1]: 'http1',
  [registryV1.Protocol.H2]: 'h2',
};

/** The instances that the registry knows. One that starts or drains gets nothing new. */
export class RegisteredEndpoints implements EndpointSource {
  private readonly known = new Map<string, { from: readonly Instance[]; endpoints: readonly Endpoint[] }>();

  constructor(private readonly directory: InstanceDirectory) {}

  endpoints(service: string): readonly Endpoint[] | undefined {
    const from = this.directory.instances(service);
    const known = this.known.get(service);
    if (known?.from === from) return known.endpoints;
    const endpoints = from.filter(({ state }) => state === registryV1.InstanceState.READY).map(endpointOf);
    this.known.set(service, { from, endpoints });
    return endpoints;
  }

  services(): readonly string[] {
    return this.directory.services();
  }
}

function endpointOf(instance: Instance): Endpoint {
  const { id, address, protocol, owner, generation, contractDigest, load } = instance;
  return {
    id,
    address,
    protocol: PROTOCOLS[protocol] ?? 'grpc',
    secure: true,
    expect: owner,
    generation: generation === undefined ? '' : `${generation.epoch}/${generation.n}`,
    contractDigest,
    reportedConnections: load?.connections ?? 0,
  };
}
