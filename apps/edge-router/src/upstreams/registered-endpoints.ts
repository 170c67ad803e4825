import { timestampMs } from '@bufbuild/protobuf/wkt';
import { registryV1 } from '@gateway/contracts';
import type { Endpoint, EndpointProtocol, Withheld } from './endpoint';
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

/** What is known of a service. */
interface Known {
  readonly from: readonly Instance[];
  readonly endpoints: readonly RegisteredEndpoint[];
}

/** The instances that the registry knows. One that starts or drains gets nothing new. */
export class RegisteredEndpoints implements EndpointSource {
  private readonly known = new Map<string, Known>();

  constructor(private readonly directory: InstanceDirectory) {}

  endpoints(service: string): readonly Endpoint[] | undefined {
    const from = this.directory.instances(service);
    const known = this.known.get(service);
    if (known?.from === from) return known.endpoints;
    const endpoints = renewed(from, known?.endpoints ?? []);
    this.known.set(service, { from, endpoints });
    return endpoints;
  }

  services(): readonly string[] {
    return this.directory.services();
  }
}

/** The endpoints of the instances, with the objects of those that still live the same life. */
function renewed(from: readonly Instance[], before: readonly RegisteredEndpoint[]): readonly RegisteredEndpoint[] {
  const byId = new Map(before.map((endpoint) => [endpoint.id, endpoint]));
  let changed = false;
  const endpoints = from
    .filter(({ state }) => state === registryV1.InstanceState.READY)
    .map((instance) => {
      const endpoint = byId.get(instance.id);
      if (endpoint?.isOf(instance) !== true) return new RegisteredEndpoint(instance);
      changed = endpoint.take(instance) || changed;
      return endpoint;
    });
  const isSame = endpoints.length === before.length && endpoints.every((each, index) => each === before[index]);
  // Reports of load come all the time: they are no reason to balance anew.
  return isSame && !changed ? before : endpoints;
}

/** An instance's endpoint. What it is stays; what is said of it is kept up to date. */
class RegisteredEndpoint implements Endpoint {
  readonly id: string;
  readonly address: string;
  readonly protocol: EndpointProtocol;
  readonly secure = true;
  readonly expect: string;
  readonly generation: string;
  readonly contractDigest: string;
  readonly weight: number;
  readonly zone: string;
  readonly version: string;
  reportedConnections = 0;
  withheld: Withheld | null = null;

  constructor(instance: Instance) {
    this.id = instance.id;
    this.address = instance.address;
    this.protocol = PROTOCOLS[instance.protocol] ?? 'grpc';
    this.expect = instance.owner;
    this.generation = generationOf(instance);
    this.contractDigest = instance.contractDigest;
    this.weight = Math.max(1, instance.weight);
    this.zone = instance.zone;
    this.version = instance.version;
    this.take(instance);
  }

  /** Whether the instance is the same one, in the same life. */
  isOf(instance: Instance): boolean {
    return this.generation === generationOf(instance) && this.address === instance.address;
  }

  /** Takes what changes during a life. @returns whether that is of any consequence for who gets calls */
  take({ load, health, ejection }: Instance): boolean {
    const before = this.withheld;
    this.reportedConnections = load?.connections ?? 0;
    this.withheld = withheldBy(health, ejection);
    return before?.reason !== this.withheld?.reason || before?.until !== this.withheld?.until;
  }
}

function withheldBy(health?: registryV1.Health, ejection?: registryV1.Ejection): Withheld | null {
  if (health?.state === registryV1.HealthState.FAILING)
    return { reason: 'health', why: health.why, until: Number.POSITIVE_INFINITY };
  if (ejection === undefined || ejection.shadow) return null;
  const until = ejection.until === undefined ? Number.POSITIVE_INFINITY : timestampMs(ejection.until);
  return { reason: 'ejection', why: ejection.why, until };
}

const generationOf = ({ generation }: Instance): string =>
  generation === undefined ? '' : `${generation.epoch}/${generation.n}`;
