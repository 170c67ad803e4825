import type { Clock } from '@gateway/clock';
import type { RoutePolicy } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { EdgeResponse } from '@gateway/pipeline';
import type { FixedLimit } from '@gateway/resilience';
import type { Endpoint } from '../../upstreams/endpoint';
import { ROUTE_IS_FULL } from '../attempt-failure';
import type { RequestContext } from '../context';
import { outcomeOf, outcomeOfError, type Outcome } from '../outcome';
import { restOf } from '../rest-of';
import { isForwarded, type Route } from '../route';
import type { RouteHandler, RouteStage } from '../stage';
import type { Settings } from '../settings';

/** The calls to one endpoint, those of all routes. */
export interface EndpointLoad {
  /**
   * Lets a call in, if there is room.
   * @param most calls that may run at once
   * @param adaptive whether the limit follows the endpoint's latency below that
   */
  tryEnter(most: number, adaptive: boolean): boolean;
  /**
   * A call that was let in has ended.
   * @param latencyMs null: its time says nothing about the endpoint
   */
  leave(latencyMs: number | null, adaptive: boolean): void;
}

/** What limiting concurrency needs. */
export interface ConcurrencyPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** What finds the load of a service's endpoints. */
  readonly loadsFor: (service: string) => (endpoint: Endpoint) => EndpointLoad;
  /** Counts the calls of one route to its service. */
  readonly bulkheadFor: (route: Route) => FixedLimit;
}

/** Calls to one instance that may run at once from this process, when the policy doesn't say. */
const PER_INSTANCE = 1_024;

/**
 * Keeps calls to one instance, and of one route, within bounds: a service that has become slow holds its own share of this
 * process and no more. Tunnels don't count, they are held by the thousand; a call in one counts like any other, until its
 * end.
 */
export function limitConcurrency(route: Route, ports: ConcurrencyPorts): RouteStage | null {
  if (!isForwarded(route.target)) return null;
  const rooms = new Rooms(route, route.target.service, ports);
  const isCall = route.target.kind === 'grpc';
  return (next) => (context) => (context.isTunnel && !isCall ? next(context) : hold(context, next, rooms));
}

async function hold(context: RequestContext, next: RouteHandler, rooms: Rooms): Promise<EdgeResponse> {
  const load = rooms.enter(context.endpoint!);
  const since = rooms.now();
  try {
    const response = await next(context);
    const latencyMs = rooms.latency(since, outcomeOf(response));
    const rest = restOf(response);
    // The upstream is done when it has written its whole body. Whoever discards an answer destroys its body.
    if (rest === null) rooms.leave(load, latencyMs);
    else rest.once('close', () => rooms.leave(load, latencyMs));
    return response;
  } catch (error) {
    rooms.leave(load, rooms.latency(since, outcomeOfError(error)));
    throw error;
  }
}

/** The room that one route's calls find. */
class Rooms {
  private readonly loadOf: (endpoint: Endpoint) => EndpointLoad;
  private readonly perInstance: number;
  private readonly perRoute: number;
  private readonly adaptive: boolean;
  private readonly bulkhead: FixedLimit | null;

  constructor(
    route: Route,
    service: string,
    private readonly ports: ConcurrencyPorts,
  ) {
    const { perInstance, perRoute, adaptive } = boundsOf(route.policy);
    this.loadOf = ports.loadsFor(service);
    this.perInstance = perInstance;
    this.perRoute = perRoute;
    this.adaptive = adaptive;
    this.bulkhead = perRoute === 0 ? null : ports.bulkheadFor(route);
  }

  /** @throws GatewayError GW_UPSTREAM_OVERLOADED; then nothing is held */
  enter(endpoint: Endpoint): EndpointLoad {
    const load = this.loadOf(endpoint);
    if (this.bulkhead !== null && !this.bulkhead.tryAcquireWithin(this.perRoute)) throw full(ROUTE_IS_FULL);
    if (load.tryEnter(this.perInstance, this.adaptive)) return load;
    this.bulkhead?.release();
    throw full(`${endpoint.address} has as many calls as it may have`);
  }

  leave(load: EndpointLoad, latencyMs: number | null): void {
    load.leave(latencyMs, this.adaptive);
    this.bulkhead?.release();
  }

  /** Only an adaptive limit wants to know. */
  now(): number {
    return this.adaptive ? this.ports.clock.monotonic() : 0;
  }

  /** Nobody's answer is no measure: neither a refusal nor a client that left. */
  latency(since: number, { kind }: Outcome): number | null {
    return this.adaptive && (kind === 'ok' || kind === 'failed') ? this.ports.clock.monotonic() - since : null;
  }
}

/** The policy's bounds, with the default for what it doesn't say. */
function boundsOf({ concurrency }: RoutePolicy): { perInstance: number; perRoute: number; adaptive: boolean } {
  const { perInstance = 0, perRoute = 0, adaptive = false } = concurrency ?? {};
  return { perInstance: perInstance || PER_INSTANCE, perRoute, adaptive };
}

const full = (cause: string): GatewayError => new GatewayError('GW_UPSTREAM_OVERLOADED', { retryAfter: 1, cause });

/** How many calls may run at once; null: as many as the instances may have. */
export function describeLimitConcurrency({ policy }: Route): Settings {
  const { perInstance, perRoute, adaptive } = boundsOf(policy);
  return { perInstance, perRoute: perRoute || null, adaptive };
}
