import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LiveSnapshot } from './holder';

/** Seconds; a swap is work of the one thread that serves. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Metrics of the snapshot in force and of what was kept out of it. */
export class SnapshotMetrics {
  private readonly swaps: Histogram;
  private readonly refused: Counter<'rule'>;

  /** @param current read when somebody scrapes */
  constructor(registry: Registry, current: () => Pick<LiveSnapshot, 'since' | 'routes'>, now: () => number) {
    const registers = [registry];
    this.swaps = new Histogram({
      name: 'gateway_snapshot_swap_seconds',
      help: 'How long putting a snapshot in force took; its count is how many were',
      buckets: BUCKETS,
      registers,
    });
    this.refused = new Counter({
      name: 'gateway_sources_refused_total',
      help: 'Versions of the route file, proto sources and contracts that could not be used, by rule',
      labelNames: ['rule'],
      registers,
    });
    new Gauge({
      name: 'gateway_snapshot_age_seconds',
      help: 'How long the snapshot has been in force',
      registers,
      collect() {
        this.set((now() - current().since) / 1_000);
      },
    });
    new Gauge({
      name: 'gateway_routes',
      help: 'Routes in force',
      registers,
      collect() {
        this.set(current().routes.length);
      },
    });
  }

  /** @param ms how long it took */
  swapped(ms: number): void {
    this.swaps.observe(ms / 1_000);
  }

  refusedBy(rule: string): void {
    this.refused.inc({ rule });
  }
}
