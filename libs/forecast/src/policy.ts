import type { Bounds } from './sizing';

/** How pools are sized. */
export type PolicyName = 'static' | 'reactive' | 'predictive';

/** What one endpoint carried since the last decision. */
export interface EndpointLoad extends Bounds {
  /** Names it among the endpoints of its service. */
  readonly key: string;
  /** Calls in flight, on average over the interval. */
  readonly concurrency: number;
  /** Calls in flight now. */
  readonly inFlight: number;
  readonly streamsPerConnection: number;
}

/** What a service carried since the last decision. */
export interface ServiceLoad {
  /** Now: `Clock.monotonic`. */
  readonly atMs: number;
  /** The mean latency of late; null before the first call ended. */
  readonly latencyMs: number | null;
  readonly endpoints: readonly EndpointLoad[];
}

/** Decides how many connections endpoints should have. Asked at each decision, in order of time. */
export interface ScalingPolicy {
  readonly name: PolicyName;
  /** By endpoint, in the load's order; each within its bounds. */
  targets(load: ServiceLoad): number[];
}

/** As many as configured, whatever the load. */
export class StaticPolicy implements ScalingPolicy {
  readonly name = 'static';

  /** @param connections to each endpoint */
  constructor(private readonly connections: number) {}

  targets({ endpoints }: ServiceLoad): number[] {
    return endpoints.map(({ min, max }) => Math.max(min, Math.min(max, this.connections)));
  }
}
