import type { Endpoint } from './endpoint';

/** Tells where the instances of services are. */
export interface EndpointSource {
  /** Those that may take something new; the same array until one changes. Undefined: the source doesn't know the service. */
  endpoints(service: string): readonly Endpoint[] | undefined;
  /** Names of the services that it knows. */
  services(): readonly string[];
}

/** Fixed addresses: from the environment, or from a route file. */
export class FixedEndpoints implements EndpointSource {
  private byService: ReadonlyMap<string, readonly Endpoint[]>;

  constructor(services: ReadonlyMap<string, readonly Endpoint[]> = new Map()) {
    this.byService = services;
  }

  /** Takes the services of a route file that was read again. */
  replace(services: ReadonlyMap<string, readonly Endpoint[]>): void {
    this.byService = services;
  }

  endpoints(service: string): readonly Endpoint[] | undefined {
    return this.byService.get(service);
  }

  services(): readonly string[] {
    return [...this.byService.keys()];
  }
}
