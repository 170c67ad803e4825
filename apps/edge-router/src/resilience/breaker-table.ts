import type { Clock } from '@gateway/clock';
import { type BreakerOptions, type BreakerState, CircuitBreaker } from '@gateway/resilience';
import type { RouteBreakers } from '../pipeline/stages/break-circuit';
import type { Endpoint } from '../upstreams/endpoint';

/** Breakers of endpoints that have failed, kept for one route; beyond that the oldest is forgotten. */
const MAX_BREAKERS = 1_000;

/** A breaker that isn't closed. */
export interface BreakerReport {
  readonly service: string;
  /** The route's scope. */
  readonly route: string;
  readonly endpoint: string;
  readonly state: BreakerState;
  /** Milliseconds until a trial may pass. */
  readonly waitMs: number;
}

/** The breakers of one route to one service. Endpoints that never failed have none. */
export class BreakerTable implements RouteBreakers {
  private readonly breakers = new Map<string, { endpoint: Endpoint; breaker: CircuitBreaker }>();

  constructor(
    private readonly service: string,
    private readonly scope: string,
    private readonly clock: Pick<Clock, 'monotonic'>,
    private options: BreakerOptions,
  ) {}

  find({ id }: Endpoint): CircuitBreaker | undefined {
    return this.breakers.get(id)?.breaker;
  }

  of(endpoint: Endpoint): CircuitBreaker {
    const known = this.find(endpoint);
    if (known !== undefined) return known;
    if (this.breakers.size >= MAX_BREAKERS) this.breakers.delete(this.breakers.keys().next().value!);
    const breaker = new CircuitBreaker(this.options);
    this.breakers.set(endpoint.id, { endpoint, breaker });
    return breaker;
  }

  /** Takes the options of a new snapshot: breakers by other rules begin anew. */
  configure(options: BreakerOptions): void {
    if (JSON.stringify(options) !== JSON.stringify(this.options)) this.breakers.clear();
    this.options = options;
  }

  /** The endpoint has gone, or has a new life at its address. */
  release({ id, address }: Endpoint): void {
    if (this.breakers.get(id)?.endpoint.address === address) this.breakers.delete(id);
  }

  isBlocked(endpoint: Endpoint): boolean {
    return this.find(endpoint)?.isBlocked(this.clock.monotonic()) ?? false;
  }

  /** Those that aren't closed. */
  report(): BreakerReport[] {
    const now = this.clock.monotonic();
    const { service, scope: route } = this;
    return [...this.breakers.values()]
      .map(({ endpoint: { address }, breaker }) => ({
        ...{ service, route, endpoint: address },
        state: breaker.state(now),
        waitMs: Math.ceil(breaker.waitMs(now)),
      }))
      .filter(({ state }) => state !== 'closed');
  }

  /** Nothing speaks against any endpoint. */
  get idle(): boolean {
    return this.report().length === 0;
  }
}
