import { Counter, Gauge, type Registry } from 'prom-client';

/** What the gauges ask when they are read. */
export interface Measured {
  counts(): ReadonlyMap<string, number>;
  watchers(): number;
}

/** The registry's metrics. */
export class RegistryMetrics {
  /** Leases that ran out without a renewal. */
  readonly expired: Counter;
  /** Leases that ran out and are kept, since their instances answer. */
  readonly kept: Counter;
  /** 1 while leases that run out are kept because too many do. */
  readonly selfPreservation: Gauge;
  /** Watchers that read too slowly. */
  readonly cut: Counter;
  /** Contracts that came into force, by how they came. */
  readonly published: Counter<'way'>;
  /** Contracts that were refused, by rule. */
  readonly refused: Counter<'rule'>;

  constructor(registry: Registry, measured: Measured) {
    const registers = [registry];
    this.expired = new Counter({
      name: 'gateway_registry_leases_expired_total',
      help: 'Leases that ran out.',
      registers,
    });
    this.kept = new Counter({
      name: 'gateway_registry_leases_kept_total',
      help: 'Leases that ran out and were kept because their instances were seen answering.',
      registers,
    });
    this.selfPreservation = new Gauge({
      name: 'gateway_registry_self_preservation',
      help: '1 while leases that run out are kept because too many do.',
      registers,
    });
    this.cut = new Counter({
      name: 'gateway_registry_watchers_cut_total',
      help: 'Watchers cut for being slow.',
      registers,
    });
    this.published = new Counter({
      name: 'gateway_registry_contracts_published_total',
      help: 'Contracts that came into force, by way: registered, published, rolled-back.',
      labelNames: ['way'],
      registers,
    });
    this.refused = new Counter({
      name: 'gateway_registry_contracts_refused_total',
      help: 'Claims and contracts that were refused, by rule.',
      labelNames: ['rule'],
      registers,
    });
    new Gauge({
      name: 'gateway_registry_instances',
      help: 'Instances that hold a lease, by service.',
      labelNames: ['service'],
      registers,
      collect() {
        this.reset();
        for (const [service, count] of measured.counts()) this.set({ service }, count);
      },
    });
    new Gauge({
      name: 'gateway_registry_watchers',
      help: 'Open watches.',
      registers,
      collect() {
        this.set(measured.watchers());
      },
    });
  }
}
