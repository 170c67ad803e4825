import { type LocalEjection, OUTLIER_LIMITS, OutlierDetector } from '@gateway/balancing';
import type { Clock } from '@gateway/clock';
import type { Outcome, OutcomeKind } from '../pipeline/outcome';
import type { Endpoint } from './endpoint';
import { CountedPick } from './counted-pick';
import { type EndpointView, viewOf } from './endpoint-state';
import { type EndpointCalls, TrackedEndpoint } from './tracked-endpoint';

/** Is told what becomes of a service's calls and endpoints. Must be quick and must not throw. */
export interface LedgerListener {
  ended(kind: OutcomeKind): void;
  ejected(endpoint: TrackedEndpoint, ejection: LocalEjection): void;
  returned(endpoint: TrackedEndpoint, ejection: LocalEjection): void;
}

/** What a ledger draws on. */
export interface LedgerOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Makes who is told. */
  readonly listenerFor: (ledger: ServiceLedger) => LedgerListener;
}

/**
 * What this edge knows of one service's endpoints from calling them: calls under way, latencies, failures, ejections. All
 * routes to the service share it, and it outlives their snapshots.
 */
export class ServiceLedger {
  private readonly detector: OutlierDetector<EndpointCalls>;
  private readonly listener: LedgerListener;
  private from: readonly Endpoint[] | null = null;
  private list: readonly TrackedEndpoint[] = [];
  /** Grows when an endpoint came, went, or changed its standing. */
  version = 0;
  /** Whether the latest pick was made in panic: too few endpoints were usable. */
  panicking = false;

  constructor(
    readonly service: string,
    private readonly options: LedgerOptions,
  ) {
    this.listener = options.listenerFor(this);
    this.detector = new OutlierDetector<EndpointCalls>({
      limits: OUTLIER_LIMITS,
      random: options.random,
      onEjected: ({ endpoint }, ejection) => {
        this.judge(endpoint);
        this.listener.ejected(endpoint, ejection);
      },
      onReturned: ({ endpoint }, ejection) => this.returned(endpoint, ejection),
    });
  }

  /** The endpoints as they are known here: the same array until one comes or goes. */
  get endpoints(): readonly TrackedEndpoint[] {
    return this.list;
  }

  /** Takes the endpoints that there are now; cheap when it is the same array again. */
  follow(endpoints: readonly Endpoint[]): void {
    if (endpoints === this.from) return;
    this.from = endpoints;
    const before = new Map(this.list.map((tracked) => [tracked.id, tracked]));
    const { clock } = this.options;
    this.list = endpoints.map((endpoint) => {
      const known = before.get(endpoint.id);
      if (known?.isOf(endpoint) !== true) return new TrackedEndpoint(endpoint, clock.monotonic());
      known.endpoint = endpoint;
      return known;
    });
    this.detector.replace(this.list.map(({ calls }) => calls));
    const now = clock.now();
    for (const tracked of this.list) tracked.judge(now);
    this.version++;
  }

  /** A call to the endpoint begins. */
  begin(tracked: TrackedEndpoint): CountedPick {
    tracked.inFlight++;
    return new CountedPick(tracked, this, this.options.clock.monotonic());
  }

  /** Milliseconds since a point of the monotonic clock. */
  since(startedAt: number): number {
    return this.options.clock.monotonic() - startedAt;
  }

  /** A call has ended. @param latencyMs until the head of the answer, or until it failed */
  ended(tracked: TrackedEndpoint, { kind, why }: Outcome, latencyMs: number): void {
    const now = this.options.clock.monotonic();
    tracked.inFlight--;
    tracked.requests++;
    if (kind === 'ok') {
      tracked.answered++;
      tracked.latency.observe(latencyMs, now);
      this.detector.succeeded(tracked.calls, latencyMs);
    } else this.endedBadly(tracked, kind, why, latencyMs, now);
    this.listener.ended(kind);
  }

  /** It accepts connections: somebody has tried. */
  reached({ calls }: TrackedEndpoint): void {
    this.detector.reached(calls);
  }

  /** Gives back what has been out for long enough, and compares. Call it about once a second. */
  sweep(): void {
    const { clock } = this.options;
    this.detector.sweep(clock.monotonic());
    // What the registry has against one ends by the clock, too, should the registry be away.
    for (const tracked of this.list) this.judge(tracked);
  }

  /** An endpoint for people. */
  view(tracked: TrackedEndpoint): EndpointView {
    return viewOf(tracked, this.options.clock);
  }

  private endedBadly(
    tracked: TrackedEndpoint,
    kind: Exclude<OutcomeKind, 'ok'>,
    why: string,
    latencyMs: number,
    now: number,
  ): void {
    // Failing fast must not make it attractive; having been waited for in vain counts against it.
    if (kind !== 'refused' && latencyMs > tracked.latency.value(now)) tracked.latency.observe(latencyMs, now);
    if (kind === 'neutral') return;
    tracked.failed++;
    if (kind === 'failed') this.detector.failed(tracked.calls, why, now);
    else this.detector.refused(tracked.calls, why);
  }

  /** It may have been restarted: it warms up again. */
  private returned(tracked: TrackedEndpoint, ejection: LocalEjection): void {
    tracked.since = this.options.clock.monotonic();
    this.judge(tracked);
    this.listener.returned(tracked, ejection);
  }

  private judge(tracked: TrackedEndpoint): void {
    if (tracked.judge(this.options.clock.now())) this.version++;
  }
}
