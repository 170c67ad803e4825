import type { EndpointLoad, ScalingPolicy, ServiceLoad } from './policy';
import { connectionsFor } from './sizing';

/** Time in which half of what isn't needed any more is given up, in milliseconds. */
export const RELEASE_HALF_LIFE_MS = 60_000;
/** Less than that of a connection is none: the last one is kept for five half-lives after the last call. */
const NOTHING = 1 / 32;

/**
 * Follows what is observed: up at once, with headroom (the target utilisation), and slowly down, since load that went
 * often comes again and a held connection costs less than a handshake.
 */
export class ReactivePolicy implements ScalingPolicy {
  readonly name = 'reactive';
  private held = new Map<string, number>();
  private lastMs = 0;

  constructor(private readonly halfLifeMs = RELEASE_HALF_LIFE_MS) {}

  targets({ atMs, endpoints }: ServiceLoad): number[] {
    const keep = 0.5 ** (Math.max(0, atMs - this.lastMs) / this.halfLifeMs);
    // Rebuilt each time, so that endpoints that went are forgotten.
    const held = new Map<string, number>();
    for (const endpoint of endpoints) {
      const left = (this.held.get(endpoint.key) ?? 0) * keep;
      held.set(endpoint.key, Math.max(needOf(endpoint), left < NOTHING ? 0 : left));
    }
    this.held = held;
    this.lastMs = atMs;
    return endpoints.map(({ key, min, max }) => Math.max(min, Math.min(max, Math.ceil(held.get(key)!))));
  }
}

/** The average with headroom, or what is in flight right now. */
const needOf = (endpoint: EndpointLoad): number =>
  Math.max(
    connectionsFor(endpoint, endpoint),
    Math.min(endpoint.max, Math.ceil(endpoint.inFlight / Math.max(1, endpoint.streamsPerConnection))),
  );
