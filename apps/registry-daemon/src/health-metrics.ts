import { Counter, Gauge, type Registry } from 'prom-client';
import { registryV1 } from '@gateway/contracts';

/** What the gauges ask when they are read. */
export interface MeasuredHealth {
  instances(): Iterable<registryV1.Instance>;
  /** How many instances this daemon checks. */
  checked(): number;
  /** How many gateways report. */
  reporters(): number;
}

/** What active checks and ejections come to. */
export class HealthMetrics {
  /** Active checks, by kind and result (`pass`, `fail`). */
  readonly checks: Counter<'kind' | 'result'>;
  /** Ejections that began, by mode. */
  readonly ejections: Counter<'mode'>;

  constructor(registry: Registry, measured: MeasuredHealth) {
    const registers = [registry];
    this.checks = new Counter({
      name: 'gateway_registry_health_checks_total',
      help: 'Active health checks that ended, by kind and result.',
      labelNames: ['kind', 'result'],
      registers,
    });
    this.ejections = new Counter({
      name: 'gateway_registry_ejections_begun_total',
      help: 'Quorum ejections that this daemon began, by mode.',
      labelNames: ['mode'],
      registers,
    });
    gauge('gateway_registry_instances_checked', 'Instances that this daemon checks.', measured.checked);
    gauge('gateway_registry_reporters', 'Gateways whose reports count now.', measured.reporters);
    new Gauge({
      name: 'gateway_registry_instances_failing',
      help: 'Instances that fail the active checks, by service.',
      labelNames: ['service'],
      registers,
      collect() {
        this.reset();
        for (const { service, health } of measured.instances())
          if (health?.state === registryV1.HealthState.FAILING) this.inc({ service });
      },
    });
    new Gauge({
      name: 'gateway_registry_ejections',
      help: 'Instances that are ejected by quorum now, by mode.',
      labelNames: ['mode'],
      registers,
      collect() {
        for (const mode of ['shadow', 'enforce']) this.set({ mode }, 0);
        for (const { ejection } of measured.instances())
          if (ejection) this.inc({ mode: ejection.shadow ? 'shadow' : 'enforce' });
      },
    });

    function gauge(name: string, help: string, read: () => number): void {
      new Gauge({
        ...{ name, help, registers },
        collect() {
          this.set(read());
        },
      });
    }
  }
}
