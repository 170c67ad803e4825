import type { LedgerEntry, PolicyName } from '@gateway/forecast';
import { Gauge, type Registry } from 'prom-client';

const POLICIES: readonly PolicyName[] = ['static', 'reactive', 'predictive'];

/** Metrics of pool sizing, by service. What isn't known yet has no sample: 0 would be a forecast. */
export class PoolMetrics {
  private readonly forecast: Gauge<'service'>;
  private readonly realised: Gauge<'service'>;
  private readonly error: Gauge<'service'>;
  private readonly target: Gauge<'service' | 'policy'>;
  private readonly policy: Gauge<'service' | 'policy'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['service'] as const;
    this.forecast = new Gauge({
      name: 'gateway_pool_forecast_requests_per_second',
      help: 'Calls per second that are forecast for five minutes from now',
      ...{ labelNames, registers },
    });
    this.realised = new Gauge({
      name: 'gateway_pool_realised_requests_per_second',
      help: 'Calls per second since the last decision',
      ...{ labelNames, registers },
    });
    this.error = new Gauge({
      name: 'gateway_pool_forecast_error',
      help: 'Mean absolute scaled error of the forecast: 1 is as good as "it goes on as it is"',
      ...{ labelNames, registers },
    });
    this.target = new Gauge({
      name: 'gateway_pool_target_connections',
      help: 'Connections that a policy asks for, or would',
      ...{ labelNames: ['service', 'policy'] as const, registers },
    });
    this.policy = new Gauge({
      name: 'gateway_pool_policy',
      help: '1 for the policy in force: reactive while a predictive one does not trust its forecast',
      ...{ labelNames: ['service', 'policy'] as const, registers },
    });
  }

  /** Shows a service's last decision. */
  show(service: string, entry: LedgerEntry): void {
    const { forecast, realised, error, policy, targets } = entry;
    this.realised.set({ service }, realised);
    if (forecast !== null) this.forecast.set({ service }, forecast);
    if (error !== null) this.error.set({ service }, error);
    for (const each of POLICIES) {
      this.target.set({ service, policy: each }, targets[each]);
      this.policy.set({ service, policy: each }, each === policy ? 1 : 0);
    }
  }

  /** The service is gone. */
  forget(service: string): void {
    for (const gauge of [this.forecast, this.realised, this.error]) gauge.remove({ service });
    for (const policy of POLICIES) {
      this.target.remove({ service, policy });
      this.policy.remove({ service, policy });
    }
  }
}
