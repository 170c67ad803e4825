import { Ledger, type LedgerEntry } from './ledger';
import { type ForecasterOptions, LoadForecaster } from './load-forecaster';
import { type EndpointLoad, type PolicyName, StaticPolicy } from './policy';
import { PredictivePolicy } from './predictive-policy';
import { ReactivePolicy } from './reactive-policy';

/** What a service and its endpoints did in an interval. */
export interface ServiceSample {
  /** The interval: `Clock.monotonic`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds since the Unix epoch at its end, for the ledger. */
  readonly at: number;
  /** Calls begun. */
  readonly calls: number;
  /** The calls in flight, integrated over the interval, in milliseconds. */
  readonly busyMs: number;
  readonly connections: number;
  readonly handshakesInPath: number;
  readonly endpoints: readonly EndpointLoad[];
}

/** How a service's pools are sized. */
export interface ScalerOptions extends ForecasterOptions {
  readonly policy: PolicyName;
  /** Connections to each endpoint under the static policy. Default 8. */
  readonly staticConnections?: number;
  /** Time in which half of what isn't needed any more is given up, in milliseconds. Default 60000. */
  readonly releaseHalfLifeMs?: number;
  /** Decisions that the ledger keeps; default 360. */
  readonly ledgerEntries?: number;
}

/** Time in which half of an old latency is forgotten, in milliseconds. */
const LATENCY_HALF_LIFE_MS = 60_000;

/** Sizes the pools of one service: forecasts, decides, and keeps the ledger of what came of it. */
export class ServiceScaler {
  readonly ledger: Ledger;
  private readonly forecaster: LoadForecaster;
  private readonly reactive: ReactivePolicy;
  private readonly predictive: PredictivePolicy;
  private readonly fixed: StaticPolicy;
  private readonly policy: PolicyName;
  private busyMs = 0;
  private calls = 0;

  constructor({ policy, staticConnections = 8, releaseHalfLifeMs, ledgerEntries = 360, ...forecaster }: ScalerOptions) {
    this.policy = policy;
    this.ledger = new Ledger(ledgerEntries);
    this.forecaster = new LoadForecaster(forecaster);
    this.reactive = new ReactivePolicy(releaseHalfLifeMs);
    this.predictive = new PredictivePolicy(new ReactivePolicy(releaseHalfLifeMs), () => this.forecaster.forecast());
    this.fixed = new StaticPolicy(staticConnections);
  }

  /** @returns the connections that each endpoint should have, in the sample's order */
  decide(sample: ServiceSample): number[] {
    const { calls, fromMs, toMs, endpoints } = sample;
    this.forecaster.add(calls, fromMs, toMs);
    this.learnLatency(sample);
    const load = { atMs: toMs, latencyMs: this.latencyMs, endpoints };
    const wishes = {
      static: this.fixed.targets(load),
      reactive: this.reactive.targets(load),
      predictive: this.predictive.targets(load),
    };
    this.ledger.add(this.entry(sample, wishes));
    return wishes[this.policy];
  }

  private get policyInForce(): PolicyName {
    return this.policy === 'predictive' && !this.predictive.trusted ? 'reactive' : this.policy;
  }

  /** By Little's law: the calls' time together, divided by their number. */
  private get latencyMs(): number | null {
    return this.calls > 0 ? this.busyMs / this.calls : null;
  }

  private learnLatency({ busyMs, calls, fromMs, toMs }: ServiceSample): void {
    const keep = 0.5 ** ((toMs - fromMs) / LATENCY_HALF_LIFE_MS);
    this.busyMs = this.busyMs * keep + busyMs;
    this.calls = this.calls * keep + calls;
  }

  private entry(
    { at, calls, fromMs, toMs, connections, handshakesInPath }: ServiceSample,
    wishes: Record<PolicyName, number[]>,
  ): LedgerEntry {
    const forecast = this.forecaster.forecast();
    return {
      at,
      realised: toMs > fromMs ? (calls * 1_000) / (toMs - fromMs) : 0,
      forecastForNow: this.forecaster.forecastForNow,
      forecast: forecast?.rate ?? null,
      upper: forecast?.upper ?? null,
      error: forecast?.error ?? null,
      model: forecast?.model ?? null,
      policy: this.policyInForce,
      targets: { static: sum(wishes.static), reactive: sum(wishes.reactive), predictive: sum(wishes.predictive) },
      connections,
      handshakesInPath,
    };
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
