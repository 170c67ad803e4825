import { type EndpointLoad, type LedgerEntry, type ScalerOptions, ServiceScaler } from '@gateway/forecast';
import type { EndpointUsage } from '@gateway/grpc-pool';
import type { Endpoint } from '../upstreams/endpoint';
import type { UsageDelta } from './usage-deltas';

/** An endpoint, the key of its connections, and what it carried; undefined while nobody has called it. */
export interface EndpointShare {
  readonly endpoint: Endpoint;
  readonly key: string;
  readonly delta: UsageDelta | undefined;
}

/** An interval: `Clock.monotonic`, and milliseconds since the Unix epoch at its end. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly at: number;
}

type ConnectionShape = Pick<EndpointUsage, 'streamsPerConnection' | 'min' | 'max'>;

/** One service's endpoints as one load that is sized together. */
export class SizedService {
  private readonly scaler: ServiceScaler;
  /** What connections to an endpoint are like, as last seen: those of one that nobody has called are alike. */
  private shape: ConnectionShape | null = null;
  private targets = new Map<string, number>();

  constructor(options: ScalerOptions) {
    this.scaler = new ServiceScaler(options);
  }

  /** @returns what each endpoint should have, by the key of its connections; empty while nothing was ever called */
  decide(shares: readonly EndpointShare[], interval: Interval): ReadonlyMap<string, number> {
    this.shape = shares.find(({ delta }) => delta !== undefined)?.delta?.usage ?? this.shape;
    const { shape } = this;
    if (shape === null) return new Map();
    const sum = (of: (delta: UsageDelta) => number): number =>
      shares.reduce((total, { delta }) => total + (delta === undefined ? 0 : of(delta)), 0);
    const targets = this.scaler.decide({
      ...interval,
      calls: sum(({ calls }) => calls),
      busyMs: sum(({ busyMs }) => busyMs),
      connections: sum(({ usage }) => usage.connections),
      handshakesInPath: sum(({ handshakesInPath }) => handshakesInPath),
      endpoints: shares.map((share) => loadOf(share, shape, interval)),
    });
    this.targets = new Map(shares.map(({ key }, i) => [key, targets[i]!]));
    return this.targets;
  }

  /** The last decisions, oldest first; all that are kept without a count. */
  ledger(count?: number): readonly LedgerEntry[] {
    return this.scaler.ledger.tail(count);
  }

  /** What the endpoints should have, by the key of their connections. */
  get currentTargets(): ReadonlyMap<string, number> {
    return this.targets;
  }
}

function loadOf({ key, delta }: EndpointShare, shape: ConnectionShape, { fromMs, toMs }: Interval): EndpointLoad {
  const { streamsPerConnection, min, max } = delta?.usage ?? shape;
  return {
    ...{ key, streamsPerConnection, min, max },
    concurrency: toMs > fromMs ? (delta?.busyMs ?? 0) / (toMs - fromMs) : 0,
    inFlight: delta?.usage.inFlight ?? 0,
  };
}
