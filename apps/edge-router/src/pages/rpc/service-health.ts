import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { Clock, Timer } from '@gateway/clock';
import { grpcHealthV1 } from '@gateway/contracts';
import { GatewayError } from '@gateway/errors';
import type { LocalCall } from '../../streaming/local-stream';
import type { ExposedServices, RpcRoute } from './exposed-services';

const { HealthCheckRequestSchema, HealthCheckResponseSchema } = grpcHealthV1;
const Status = grpcHealthV1.HealthCheckResponse_ServingStatus;
type Status = grpcHealthV1.HealthCheckResponse_ServingStatus;

/** How often what is watched is looked at, in milliseconds. Who watches is told of the edge's own end at once. */
export const LOOK_MS = 1_000;

/**
 * How often who watches is told the same again, in milliseconds. A stream that is silent for five minutes is closed, and a
 * balancer would take that for an outage.
 */
export const REMIND_MS = 120_000;

/** What the health of services draws on. */
export interface ServiceHealthPorts {
  readonly clock: Pick<Clock, 'every' | 'monotonic'>;
  readonly exposed: Pick<ExposedServices, 'all'>;
  /** Whether the edge itself takes calls. */
  readonly isReady: () => boolean;
  /** Whether a call of the route would find somebody who answers it. */
  readonly isServed: (route: RpcRoute) => boolean;
}

/**
 * grpc.health.v1 for clients of the edge: how the edge is, and the services that it exposes. A service serves while one of
 * its methods does, at an edge that is ready: whoever goes by a service's health leaves an edge that ends.
 */
export class ServiceHealth {
  private readonly watching = new Set<LocalCall>();
  private timer: Timer | null = null;

  constructor(private readonly ports: ServiceHealthPorts) {}

  /** @throws GatewayError GW_NOT_FOUND: nothing of that name is exposed */
  check(request: Message): Message {
    const status = this.statusOf((request as grpcHealthV1.HealthCheckRequest).service);
    if (status === Status.SERVICE_UNKNOWN)
      throw new GatewayError('GW_NOT_FOUND', { detail: 'There is no such service' });
    return create(HealthCheckResponseSchema, { status });
  }

  /** Says how a service is, and again whenever that has changed, or was said long ago. */
  async *watch(call: LocalCall): AsyncGenerator<Uint8Array, void> {
    const { service } = fromBinary(HealthCheckRequestSchema, (await call.hear())!);
    let told: Status | null = null;
    let toldAt = Number.NEGATIVE_INFINITY;
    const { clock } = this.ports;
    const tell = (): Uint8Array => {
      told = this.statusOf(service);
      toldAt = clock.monotonic();
      return toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status: told }));
    };
    const hasChanged = (): boolean => this.statusOf(service) !== told;
    this.add(call);
    try {
      for (;;) {
        await call.until(() => hasChanged() || clock.monotonic() - toldAt >= REMIND_MS);
        yield tell();
      }
    } catch (why) {
      // The call ends since the edge does: whoever still holds this edge for well must hear that first.
      if (hasChanged()) yield tell();
      throw why;
    } finally {
      this.remove(call);
    }
  }

  /** Something may have changed: whoever watches is told without delay. */
  look(): void {
    for (const call of this.watching) call.nudge();
  }

  private statusOf(service: string): Status {
    const { exposed, isReady, isServed } = this.ports;
    if (service !== '') {
      const routes = exposed.all().get(service);
      if (routes === undefined) return Status.SERVICE_UNKNOWN;
      if (!routes.some(isServed)) return Status.NOT_SERVING;
    }
    return isReady() ? Status.SERVING : Status.NOT_SERVING;
  }

  private add(call: LocalCall): void {
    this.watching.add(call);
    this.timer ??= this.ports.clock.every(LOOK_MS, () => this.look());
  }

  private remove(call: LocalCall): void {
    this.watching.delete(call);
    if (this.watching.size > 0) return;
    this.timer?.cancel();
    this.timer = null;
  }
}
