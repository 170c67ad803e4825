import type { InstanceSource } from '@gateway/discovery-sources';
import type { Endpoint } from '../endpoint';
import type { EndpointSource } from '../endpoint-sources';
import type { FoundService } from './found-service';
import { ServiceSources } from './service-sources';

/** Opens the sources of a service, in order of precedence. */
export type OpenSources = (name: string, definition: FoundService) => readonly InstanceSource[];

/** The services of a route file whose instances are found while the edge runs. */
export class FoundEndpoints implements EndpointSource {
  private byService: ReadonlyMap<string, ServiceSources> = new Map();
  private readonly listeners = new Set<(services: ReadonlySet<string>) => void>();

  /** @param registered the registry's endpoints; null without a registry */
  constructor(
    private readonly open: OpenSources,
    private readonly registered: EndpointSource | null,
  ) {}

  /** Takes the services of a route file that was read again. What a service that stayed as it was knows, stays. */
  replace(definitions: ReadonlyMap<string, FoundService>): void {
    const before = this.byService;
    this.byService = new Map(
      [...definitions].map(([name, definition]) => [
        name,
        this.kept(name, definition) ?? this.opened(name, definition),
      ]),
    );
    for (const [name, sources] of before) if (this.byService.get(name) !== sources) sources.close();
    this.tell(new Set([...before.keys(), ...definitions.keys()]));
  }

  endpoints(service: string): readonly Endpoint[] | undefined {
    return this.byService.get(service)?.endpoints();
  }

  services(): readonly string[] {
    return [...this.byService.keys()];
  }

  /** Whether every service has heard from a source. */
  get isAnswered(): boolean {
    return [...this.byService.values()].every((service) => !service.isUnanswered);
  }

  /** Why some sources aren't up to date, one line each. */
  get problems(): readonly string[] {
    return [...this.byService.values()].flatMap(({ problem }) => problem ?? []);
  }

  /** Calls back with the services whose endpoints, or the state of whose sources, changed. */
  onChange(listener: (services: ReadonlySet<string>) => void): void {
    this.listeners.add(listener);
  }

  close(): void {
    for (const service of this.byService.values()) service.close();
    this.byService = new Map();
  }

  private kept(name: string, definition: FoundService): ServiceSources | undefined {
    const before = this.byService.get(name);
    // Both were made from a file by the same code: equal ones print alike.
    return before && JSON.stringify(before.definition) === JSON.stringify(definition) ? before : undefined;
  }

  private opened(name: string, definition: FoundService): ServiceSources {
    const sources = this.open(name, definition);
    for (const source of sources) source.onChange(() => this.tell(new Set([name])));
    const registered = definition.registry ? this.registered : null;
    return new ServiceSources(name, definition, sources, registered, this.endpoints(name));
  }

  private tell(services: ReadonlySet<string>): void {
    for (const listener of this.listeners) listener(services);
  }
}
