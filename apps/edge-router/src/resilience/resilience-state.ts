import type { Clock } from '@gateway/clock';
import { type BreakerOptions, type BudgetStats, FixedLimit, LatencyQuantile, RetryBudget } from '@gateway/resilience';
import { isForwarded, type Route } from '../pipeline/route';
import type { RouteBreakers } from '../pipeline/stages/break-circuit';
import type { EndpointLoad } from '../pipeline/stages/limit-concurrency';
import type { Endpoint } from '../upstreams/endpoint';
import { type BreakerReport, BreakerTable } from './breaker-table';
import { type LoadReport, ServiceLoads } from './service-loads';
import { StateTable } from './state-table';

/** Of each kind of state: far more than a gateway has services and routes. */
const MAX_STATES = 20_000;
/** When another attempt beside the first is worth its cost. */
const HEDGE_QUANTILE = 0.95;

/** The retries of one service. */
export interface BudgetReport extends BudgetStats {
  readonly service: string;
}

/**
 * What the pipeline remembers of services, endpoints and routes from one request to the next. It is kept by their names, so
 * that a new snapshot changes nothing; what is known of an endpoint goes with its life.
 */
export class ResilienceState {
  private readonly breakers = new StateTable<BreakerTable>(MAX_STATES, ({ idle }) => idle);
  private readonly breakersOfRoute = new WeakMap<Route, BreakerTable>();
  private readonly loads = new StateTable<ServiceLoads>(MAX_STATES, ({ idle }) => idle);
  private readonly budgets = new StateTable<RetryBudget>(MAX_STATES, ({ idle }) => idle);
  private readonly bulkheads = new StateTable<FixedLimit>(MAX_STATES, ({ inFlight }) => inFlight === 0);
  private readonly latencies = new StateTable<LatencyQuantile>(MAX_STATES, () => true);

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** The breakers of a route's endpoints. */
  breakersFor(route: Route, options: BreakerOptions): RouteBreakers {
    const service = serviceOf(route);
    const make = (): BreakerTable => new BreakerTable(service, route.scope, this.clock, options);
    const table = this.breakers.of(`${service} ${route.scope}`, make);
    table.configure(options);
    this.breakersOfRoute.set(route, table);
    return table;
  }

  /** What finds the load of a service's endpoints. */
  loadsFor(service: string): (endpoint: Endpoint) => EndpointLoad {
    const loads = this.loads.of(service, () => new ServiceLoads(service, this.clock));
    return (endpoint) => loads.of(endpoint);
  }

  /** The retry budget of a service. */
  budgetFor(service: string): RetryBudget {
    return this.budgets.of(service, () => new RetryBudget());
  }

  /** The calls of a route to its service; whoever asks has a limit of its own. */
  bulkheadFor(route: Route): FixedLimit {
    return this.bulkheads.of(`${serviceOf(route)} ${route.scope}`, () => new FixedLimit(Number.POSITIVE_INFINITY));
  }

  /** The latency of a route, at the quantile after which another attempt is worth its cost. */
  latencyFor(route: Route): LatencyQuantile {
    return this.latencies.of(route.scope, () => new LatencyQuantile(HEDGE_QUANTILE));
  }

  /** Whether a call of the route to the endpoint would be refused by its breaker: it is better sent elsewhere. */
  isBlocked(route: Route, endpoint: Endpoint): boolean {
    return this.breakersOfRoute.get(route)?.isBlocked(endpoint) ?? false;
  }

  /** An endpoint has gone, or has a new life at its address: nothing of the old one is held against it. */
  release(endpoint: Endpoint): void {
    for (const table of this.breakers.values()) table.release(endpoint);
    for (const loads of this.loads.values()) loads.release(endpoint);
  }

  /** The breakers that aren't closed. */
  openBreakers(): BreakerReport[] {
    return this.breakers.values().flatMap((table) => table.report());
  }

  /** The endpoints that have calls, or an adaptive limit. */
  endpointLoads(): LoadReport[] {
    return this.loads.values().flatMap((loads) => loads.report());
  }

  /** The budgets of services that have requests. */
  runningBudgets(): BudgetReport[] {
    const running = this.budgets.entries().filter(([, { idle }]) => !idle);
    return running.map(([service, budget]) => ({ service, ...budget.stats() }));
  }
}

function serviceOf({ id, target }: Route): string {
  if (!isForwarded(target)) throw new TypeError(`${id} is answered by the gateway itself`);
  return target.service;
}
