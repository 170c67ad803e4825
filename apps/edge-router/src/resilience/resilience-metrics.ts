import type { ShedPriority } from '@gateway/resilience';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { RetryReason } from '../pipeline/attempt-failure';
import type { RetryMetrics } from '../pipeline/stages/retry';
import type { OverloadGuard } from './overload-guard';
import type { ResilienceState } from './resilience-state';

/** Of `gateway_breaker_state`; a breaker that is closed has no sample. */
const STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Counters of retries and of shed requests, and gauges of what the state knows, read when they are scraped. */
export class ResilienceMetrics {
  private readonly retries: Counter<'service' | 'reason'>;
  private readonly exhausted: Counter<'service'>;
  private readonly hedges: Counter<'service' | 'won'>;
  private readonly shed: Counter<'priority'>;

  constructor(registry: Registry, state: ResilienceState, overload: OverloadGuard) {
    const registers = [registry];
    this.retries = new Counter({
      name: 'gateway_retries_total',
      help: 'Attempts beyond the first, by why the one before failed',
      labelNames: ['service', 'reason'],
      registers,
    });
    this.exhausted = new Counter({
      name: 'gateway_retry_budget_exhausted_total',
      help: 'Attempts that were not made because the budget of the service was used up',
      labelNames: ['service'],
      registers,
    });
    this.hedges = new Counter({
      name: 'gateway_hedges_total',
      help: 'Requests with attempts beside each other, by whether a later one was the first to answer',
      labelNames: ['service', 'won'],
      registers,
    });
    this.shed = new Counter({
      name: 'gateway_shed_total',
      help: 'Requests that were refused because the gateway had too much to do',
      labelNames: ['priority'],
      registers,
    });
    gaugesOf(registers, state, overload);
  }

  /** The counters of a service, bound to its labels. */
  retryMetricsFor(service: string): RetryMetrics {
    const byReason: Partial<Record<RetryReason, Counter.Internal>> = {};
    const exhausted = this.exhausted.labels(service);
    const [won, lost] = [this.hedges.labels(service, 'true'), this.hedges.labels(service, 'false')];
    return {
      retried: (reason) => (byReason[reason] ??= this.retries.labels(service, reason)).inc(),
      exhausted: () => exhausted.inc(),
      hedged: (laterWon) => (laterWon ? won : lost).inc(),
    };
  }

  /** What counts the shed requests of a priority. */
  shedCounterFor(priority: ShedPriority): () => void {
    const counter = this.shed.labels(priority);
    return () => counter.inc();
  }
}

function gaugesOf(registers: Registry[], state: ResilienceState, overload: OverloadGuard): void {
  new Gauge({
    name: 'gateway_overload_level',
    help: '0: all is well, 1: event loop, memory or requests in flight are at their limit',
    registers,
    collect() {
      this.set(overload.level);
    },
  });
  new Gauge({
    name: 'gateway_breaker_state',
    help: 'Breakers that are not closed: 1 half-open, 2 open',
    labelNames: ['service', 'route', 'endpoint'],
    registers,
    collect() {
      this.reset();
      for (const { service, route, endpoint, state: now } of state.openBreakers())
        this.set({ service, route, endpoint }, STATES[now]);
    },
  });
  new Gauge({
    name: 'gateway_concurrency_limit',
    help: 'Calls to an endpoint that an adaptive limit lets run at once',
    labelNames: ['service', 'endpoint'],
    registers,
    collect() {
      this.reset();
      for (const { service, endpoint, limit } of state.endpointLoads())
        if (limit !== null) this.set({ service, endpoint }, limit);
    },
  });
}
