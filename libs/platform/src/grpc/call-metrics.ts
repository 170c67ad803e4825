import { status as GrpcCode } from '@grpc/grpc-js';
import { Counter, Histogram, type Registry } from 'prom-client';
import { LATENCY_SECONDS } from '@gateway/telemetry';

/** Counts the calls of one method. */
export interface MethodMetrics {
  /** @param seconds from the call's headers to its status */
  ended(code: GrpcCode, seconds: number): void;
}

const REQUESTS = 'grpc_server_requests_total';
const DURATION = 'grpc_server_duration_seconds';

/** What is counted of gRPC calls. Label sets are made once per method. */
export class CallMetrics {
  readonly #methods = new Map<string, MethodMetrics>();
  readonly #requests: Counter;
  readonly #duration: Histogram;

  constructor(registry: Registry) {
    // Several listeners of one service count into the same metrics.
    this.#requests =
      (registry.getSingleMetric(REQUESTS) as Counter | undefined) ??
      new Counter({
        name: REQUESTS,
        help: 'gRPC calls by their status',
        labelNames: ['service', 'method', 'code'],
        registers: [registry],
      });
    this.#duration =
      (registry.getSingleMetric(DURATION) as Histogram | undefined) ??
      new Histogram({
        name: DURATION,
        help: 'Duration of gRPC calls',
        labelNames: ['service', 'method'],
        buckets: [...LATENCY_SECONDS],
        registers: [registry],
      });
  }

  /** @param path `/shop.v1.ShopService/GetItem` */
  of(path: string): MethodMetrics {
    const known = this.#methods.get(path);
    if (known) return known;
    const [, service = '', method = ''] = path.split('/');
    const duration = this.#duration.labels({ service, method });
    const made: MethodMetrics = {
      ended: (code, seconds) => {
        this.#requests.inc({ service, method, code: GrpcCode[code] ?? String(code) });
        duration.observe(seconds);
      },
    };
    this.#methods.set(path, made);
    return made;
  }
}
