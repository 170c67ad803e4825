import type { Forecast } from './load-forecaster';
import type { ScalingPolicy, ServiceLoad } from './policy';
import { concurrencyOf, connectionsFor } from './sizing';
import { TrustGate } from './trust-gate';

/**
 * Never less than the reactive policy: what the forecast says will be needed within the horizon comes on top. The load is
 * taken to be shared evenly. While the forecast isn't trusted it is the reactive policy.
 */
export class PredictivePolicy implements ScalingPolicy {
  readonly name = 'predictive';
  private readonly gate = new TrustGate();
  /** Whether the last decision used the forecast. */
  trusted = false;

  /**
   * @param reactive its own: policies keep state
   * @param forecast asked at each decision
   */
  constructor(
    private readonly reactive: ScalingPolicy,
    private readonly forecast: () => Forecast | null,
  ) {}

  targets(load: ServiceLoad): number[] {
    const needed = this.reactive.targets(load);
    const forecast = this.forecast();
    this.trusted = this.gate.trust(forecast?.error ?? null);
    if (!this.trusted || forecast === null || load.latencyMs === null) return needed;
    const concurrency = concurrencyOf(forecast.upper, load.latencyMs) / Math.max(1, load.endpoints.length);
    return load.endpoints.map((endpoint, i) =>
      Math.max(
        needed[i]!,
        connectionsFor({ concurrency, streamsPerConnection: endpoint.streamsPerConnection }, endpoint),
      ),
    );
  }
}
