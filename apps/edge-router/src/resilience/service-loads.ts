import type { Clock } from '@gateway/clock';
import type { Endpoint } from '../upstreams/endpoint';
import { MeasuredLoad } from './endpoint-load';
import { StateTable } from './state-table';

/** Endpoints of one service whose calls are counted. */
const MAX_ENDPOINTS = 10_000;

/** The calls to one endpoint. */
export interface LoadReport {
  readonly service: string;
  /** `host:port`. */
  readonly endpoint: string;
  readonly inFlight: number;
  /** The adaptive limit at present; null: none. */
  readonly limit: number | null;
}

/** The calls to the endpoints of one service. */
export class ServiceLoads {
  private readonly loads = new StateTable<MeasuredLoad>(MAX_ENDPOINTS, ({ idle }) => idle);

  constructor(
    private readonly service: string,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  of(endpoint: Endpoint): MeasuredLoad {
    return this.loads.find(endpoint.id) ?? this.loads.of(endpoint.id, () => new MeasuredLoad(endpoint, this.clock));
  }

  /** The endpoint has gone, or has a new life: calls to the old one still end where they began. */
  release({ id, address }: Endpoint): void {
    if (this.loads.find(id)?.endpoint.address === address) this.loads.forget(id);
  }

  /** The endpoints that have calls, or an adaptive limit. */
  report(): LoadReport[] {
    const { service } = this;
    return this.loads
      .values()
      .filter(({ idle, limit }) => !idle || limit !== null)
      .map(({ endpoint: { address: endpoint }, inFlight, limit }) => ({ service, endpoint, inFlight, limit }));
  }

  /** No endpoint has calls. */
  get idle(): boolean {
    return this.loads.values().every(({ idle }) => idle);
  }
}
