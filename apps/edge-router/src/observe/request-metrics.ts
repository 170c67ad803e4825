import { LATENCY_SECONDS } from '@gateway/telemetry';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The counters of one route, bound to its label once, so that a request pays for no look-up. */
export interface RouteMetrics {
  started(): void;
  ended(status: number, seconds: number): void;
}

/** Metrics of requests, by route. */
export class RequestMetrics {
  private readonly requests: Counter<'route' | 'status'>;
  private readonly duration: Histogram<'route'>;
  private readonly running: Gauge<'route'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'gateway_requests_total',
      help: 'Requests that ended, by route and status',
      labelNames: ['route', 'status'],
      registers,
    });
    this.duration = new Histogram({
      name: 'gateway_request_duration_seconds',
      help: 'From the head of a request to the last byte of its response',
      labelNames: ['route'],
      buckets: [...LATENCY_SECONDS],
      registers,
    });
    this.running = new Gauge({
      name: 'gateway_requests_in_flight',
      help: 'Requests whose response has not ended',
      labelNames: ['route'],
      registers,
    });
  }

  /** The metrics of a route. */
  forRoute(route: string): RouteMetrics {
    const duration = this.duration.labels(route);
    const running = this.running.labels(route);
    const byStatus: Counter.Internal[] = [];
    return {
      started: () => running.inc(),
      ended: (status, seconds) => {
        running.dec();
        duration.observe(seconds);
        (byStatus[status] ??= this.requests.labels(route, String(status))).inc();
      },
    };
  }
}
