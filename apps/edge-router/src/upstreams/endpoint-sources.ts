import type { Endpoint } from './endpoint';

/** Tells where the instances of services are. */
export interface EndpointSource {
  /** Those that may take something new; the same array until one changes. Undefined: the source doesn't know the service. */
  endpoints(service: string): readonly Endpoint[] | undefined;
  /** Names of the services that it knows. */
  services(): readonly string[];
}

type ByService = ReadonlyMap<string, readonly Endpoint[]>;

/** Fixed addresses: from the environment, or from a route file. */
export class FixedEndpoints implements EndpointSource {
  private listener: (services: ReadonlySet<string>) => void = () => undefined;

  constructor(private byService: ByService = new Map()) {}

  /** Has it called back with the services that a replacement concerns. */
  onReplace(listener: (services: ReadonlySet<string>) => void): void {
    this.listener = listener;
  }

  /** Takes the services of a route file that was read again. */
  replace(services: ByService): void {
    const before = this.byService;
    this.byService = new Map([...services].map(([name, endpoints]) => [name, kept(endpoints, before.get(name) ?? [])]));
    this.listener(new Set([...before.keys(), ...services.keys()]));
  }

  endpoints(service: string): readonly Endpoint[] | undefined {
    return this.byService.get(service);
  }

  services(): readonly string[] {
    return [...this.byService.keys()];
  }
}

/** The same objects, and the same array, for endpoints that stayed as they were: what is known of them stays, too. */
function kept(endpoints: readonly Endpoint[], before: readonly Endpoint[]): readonly Endpoint[] {
  const same = endpoints.map((endpoint) => before.find((known) => isSame(known, endpoint)) ?? endpoint);
  const isUnchanged = same.length === before.length && same.every((endpoint, index) => endpoint === before[index]);
  return isUnchanged ? before : same;
}

const isSame = (a: Endpoint, b: Endpoint): boolean => JSON.stringify(a) === JSON.stringify(b);
