import { type FoundInstance, type InstanceSource, type Listed, merge } from '@gateway/discovery-sources';
import type { Endpoint } from '../endpoint';
import type { EndpointSource } from '../endpoint-sources';
import type { FoundService } from './found-service';

const NONE: readonly Endpoint[] = [];

/** The endpoints of one found service: its sources, put together as its rule says. */
export class ServiceSources {
  /** One endpoint for as long as the instance is the same. */
  private readonly known = new WeakMap<FoundInstance, Endpoint>();
  /** What the endpoints were last made from. */
  private from: readonly unknown[] = [];
  private last: readonly Endpoint[];

  /**
   * @param sources without the registry's and the fixed ones, in order of precedence
   * @param registered the registry's, when it counts
   * @param before served until the first source has answered: a reload of the route file interrupts nothing
   */
  constructor(
    private readonly name: string,
    readonly definition: FoundService,
    private readonly sources: readonly InstanceSource[],
    private readonly registered: EndpointSource | null,
    before: readonly Endpoint[] = NONE,
  ) {
    this.last = before;
  }

  /** Those that may take something new; the same array until one changes. */
  endpoints(): readonly Endpoint[] {
    const registered = this.registered?.endpoints(this.name) ?? NONE;
    const from = [registered, ...this.sources.map((source) => source.instances())];
    if (isSame(from, this.from)) return this.last;
    this.from = from;
    if (registered.length === 0 && this.isUnanswered) return this.last;
    const merged = this.merged(registered);
    if (!isSame(merged, this.last)) this.last = merged;
    return this.last;
  }

  /** Whether there are sources and none has answered yet. */
  get isUnanswered(): boolean {
    return this.sources.length > 0 && this.sources.every((source) => source.instances() === undefined);
  }

  /** Why some source isn't up to date; null when all are. */
  get problem(): string | null {
    const problems = this.sources.flatMap(({ kind, status }) =>
      status.state === 'live' ? [] : [`${this.name} (${kind}): ${status.why}`],
    );
    return problems.length === 0 ? null : problems.join('; ');
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  /** The registry's first: it knows an instance's owner, life and contract. Fixed URLs last: they know nothing. */
  private merged(registered: readonly Endpoint[]): readonly Endpoint[] {
    const { fixed, merge: rule } = this.definition;
    const found = this.sources.map((source) => ({ kind: source.kind, instances: this.callable(source) }));
    const lists: Listed<Endpoint>[] = [
      { kind: 'registry', instances: registered },
      ...found,
      { kind: 'static', instances: fixed },
    ];
    return merge(lists, rule);
  }

  private callable(source: InstanceSource): Endpoint[] {
    return (source.instances() ?? []).filter(({ ready }) => ready).map((instance) => this.endpointOf(instance));
  }

  private endpointOf(instance: FoundInstance): Endpoint {
    let endpoint = this.known.get(instance);
    if (endpoint === undefined) this.known.set(instance, (endpoint = newEndpoint(instance, this.definition)));
    return endpoint;
  }
}

const newEndpoint = (
  { id, address, weight, zone, version }: FoundInstance,
  { protocol, expect }: FoundService,
): Endpoint => ({
  ...{ id, address, protocol, expect, weight, zone, version },
  secure: expect !== '',
  generation: '',
  contractDigest: '',
  reportedConnections: 0,
});

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index]);
