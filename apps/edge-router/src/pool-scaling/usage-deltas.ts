import type { EndpointUsage } from '@gateway/grpc-pool';

/** What an endpoint carried between two looks at its counters. */
export interface UsageDelta {
  readonly usage: EndpointUsage;
  /** Calls begun. */
  readonly calls: number;
  /** The calls in flight, integrated, in milliseconds. */
  readonly busyMs: number;
  readonly handshakesInPath: number;
}

/** Turns counters since the first use into what came since the last look. */
export class UsageDeltas {
  private last = new Map<string, EndpointUsage>();

  /** @returns by the usage's key */
  since(usages: readonly EndpointUsage[]): Map<string, UsageDelta> {
    const deltas = new Map<string, UsageDelta>();
    for (const usage of usages) deltas.set(usage.key, deltaOf(usage, this.last.get(usage.key)));
    this.last = new Map(usages.map((usage) => [usage.key, usage]));
    return deltas;
  }
}

function deltaOf(usage: EndpointUsage, last: EndpointUsage | undefined): UsageDelta {
  // Counters that went back began anew: the endpoint was released and used again.
  const before = last === undefined || last.arrivals > usage.arrivals || last.busyMs > usage.busyMs ? null : last;
  return {
    usage,
    calls: usage.arrivals - (before?.arrivals ?? 0),
    busyMs: usage.busyMs - (before?.busyMs ?? 0),
    handshakesInPath: usage.handshakesInPath - (before?.handshakesInPath ?? 0),
  };
}
