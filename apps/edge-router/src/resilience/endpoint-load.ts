import type { Clock } from '@gateway/clock';
import { FixedLimit, GradientLimit } from '@gateway/resilience';
import type { EndpointLoad } from '../pipeline/stages/limit-concurrency';
import type { Endpoint } from '../upstreams/endpoint';

/** The calls to one endpoint, and the limit that follows its latency once a route asks for one. */
export class MeasuredLoad implements EndpointLoad {
  private readonly calls = new FixedLimit(Number.POSITIVE_INFINITY);
  private gradient: GradientLimit | null = null;

  constructor(
    readonly endpoint: Endpoint,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  tryEnter(most: number, adaptive: boolean): boolean {
    if (!this.calls.tryAcquireWithin(most)) return false;
    if (!adaptive || this.gradientUpTo(most).tryAcquire()) return true;
    this.calls.release();
    return false;
  }

  leave(latencyMs: number | null, adaptive: boolean): void {
    this.calls.release();
    if (adaptive) this.gradient!.release(latencyMs, this.clock.monotonic());
  }

  get inFlight(): number {
    return this.calls.inFlight;
  }

  /** The adaptive limit at present; null: no route has one. */
  get limit(): number | null {
    return this.gradient?.limit ?? null;
  }

  get idle(): boolean {
    return this.calls.inFlight === 0;
  }

  /** Routes with a lower ceiling of their own keep to that by the count of all calls. */
  private gradientUpTo(max: number): GradientLimit {
    return (this.gradient ??= new GradientLimit({ max }));
  }
}
