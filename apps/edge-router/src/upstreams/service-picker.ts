import type { EndpointPicker } from '../pipeline/stages/pick-endpoint';
import type { Endpoint } from './endpoint';

/** What a picker chooses from. */
export interface Candidates {
  /** Those that may take something new; the same array until one changes. */
  current(): readonly Endpoint[];
  /** Whether an endpoint serves what is asked for; asked again after `current` or `version` has changed. */
  isEligible(endpoint: Endpoint): boolean;
  /** Grows when eligibility may have changed. */
  version(): number;
  /** Open connections of an endpoint, as far as known. */
  connections(endpoint: Endpoint): number;
}

/** Picks among the eligible endpoints of one service. */
export class ServicePicker implements EndpointPicker {
  private from: readonly Endpoint[] | null = null;
  private version = -1;
  private eligible: readonly Endpoint[] = [];
  private turn = 0;

  constructor(private readonly candidates: Candidates) {}

  next(except: Endpoint | null): Endpoint | null {
    const endpoints = this.refresh();
    for (let tries = 0; tries < endpoints.length; tries++) {
      this.turn = (this.turn + 1) % endpoints.length;
      const endpoint = endpoints[this.turn]!;
      if (endpoint.id !== except?.id) return endpoint;
    }
    return null;
  }

  leastConnected(except: Endpoint | null): Endpoint | null {
    const endpoints = this.refresh().filter(({ id }) => id !== except?.id);
    let best: Endpoint | null = null;
    let fewest = Number.POSITIVE_INFINITY;
    for (const endpoint of endpoints) {
      const connections = this.candidates.connections(endpoint);
      if (connections < fewest) [best, fewest] = [endpoint, connections];
    }
    return best;
  }

  private refresh(): readonly Endpoint[] {
    const from = this.candidates.current();
    const version = this.candidates.version();
    if (from === this.from && version === this.version) return this.eligible;
    this.from = from;
    this.version = version;
    this.eligible = from.filter((endpoint) => this.candidates.isEligible(endpoint));
    return this.eligible;
  }
}
