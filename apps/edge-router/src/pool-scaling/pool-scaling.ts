import type { Clock, Timer } from '@gateway/clock';
import type { LedgerEntry, PolicyName, ScalerOptions } from '@gateway/forecast';
import type { Endpoint } from '../upstreams/endpoint';
import type { PoolMetrics } from './pool-metrics';
import type { ServiceEndpoints, SizedConnections } from './ports';
import { type EndpointShare, type Interval, SizedService } from './sized-service';
import { type UsageDelta, UsageDeltas } from './usage-deltas';

/** Time between two decisions, in milliseconds: as often as load doubles, and far more than a decision costs. */
export const DECIDE_EVERY_MS = 5_000;
/** A service without endpoints is forgotten after so long: one that is deployed anew keeps what was learnt. */
const FORGET_MS = 3_600_000;

/** What scaling needs. */
export interface PoolScalingOptions extends ScalerOptions {
  readonly clock: Clock;
  readonly connections: SizedConnections;
  readonly upstreams: ServiceEndpoints;
  readonly metrics: PoolMetrics;
  /** A target couldn't be set. */
  onProblem(service: string, cause: unknown): void;
}

/** How the pools of one service are sized, as admin pages show it. */
export interface ServiceScaling {
  readonly service: string;
  /** Connections asked for, by the key of the endpoint's connections. */
  readonly targets: Readonly<Record<string, number>>;
  readonly ledger: readonly LedgerEntry[];
}

interface Known {
  readonly sized: SizedService;
  seenAt: number;
}

/** Sizes the pools of all services, every few seconds, from what they carried since; no request waits for it. */
export class PoolScaling {
  readonly policy: PolicyName;
  private readonly known = new Map<string, Known>();
  private readonly deltas = new UsageDeltas();
  private readonly timer: Timer;
  private lastMs: number;

  constructor(private readonly options: PoolScalingOptions) {
    this.policy = options.policy;
    this.lastMs = options.clock.monotonic();
    this.timer = options.clock.every(DECIDE_EVERY_MS, () => this.decide());
  }

  /** By service, in the order of their names. */
  services(ledgerEntries: number): ServiceScaling[] {
    return [...this.known.keys()].sort().map((service) => this.service(service, ledgerEntries)!);
  }

  /** @returns null for a service that nobody has called */
  service(service: string, ledgerEntries?: number): ServiceScaling | null {
    const sized = this.known.get(service)?.sized;
    if (sized === undefined) return null;
    return { service, targets: Object.fromEntries(sized.currentTargets), ledger: sized.ledger(ledgerEntries) };
  }

  /** Decides no more; the targets stay. */
  close(): void {
    this.timer.cancel();
  }

  private decide(): void {
    const { clock, connections, upstreams } = this.options;
    const interval = { fromMs: this.lastMs, toMs: clock.monotonic(), at: clock.now() };
    this.lastMs = interval.toMs;
    const deltas = this.deltas.since(connections.usage());
    const taken = new Set<string>();
    for (const service of upstreams.services())
      this.decideFor(service, this.shares(upstreams.endpoints(service), deltas, taken), interval);
    this.forget(interval.toMs);
  }

  /** Endpoints of several services at one address share their connections: they belong to the first of them. */
  private shares(
    endpoints: readonly Endpoint[],
    deltas: ReadonlyMap<string, UsageDelta>,
    taken: Set<string>,
  ): EndpointShare[] {
    const shares: EndpointShare[] = [];
    for (const endpoint of endpoints) {
      const key = this.options.connections.keyOf(endpoint);
      if (taken.has(key)) continue;
      taken.add(key);
      shares.push({ endpoint, key, delta: deltas.get(key) });
    }
    return shares;
  }

  private decideFor(service: string, shares: readonly EndpointShare[], interval: Interval): void {
    const wasCalled = shares.some(({ delta }) => delta !== undefined);
    let known = this.known.get(service);
    // Without endpoints there is nothing to size, and no load doesn't mean that nobody wants it.
    if (shares.length === 0 || (known === undefined && !wasCalled)) return;
    if (known === undefined) this.known.set(service, (known = { sized: new SizedService(this.options), seenAt: 0 }));
    known.seenAt = interval.toMs;
    const targets = known.sized.decide(shares, interval);
    this.apply(service, shares, targets);
    const entry = known.sized.ledger(1)[0];
    if (entry !== undefined) this.options.metrics.show(service, entry);
  }

  private apply(service: string, shares: readonly EndpointShare[], targets: ReadonlyMap<string, number>): void {
    for (const { endpoint, key, delta } of shares) {
      const target = targets.get(key) ?? 0;
      // Nothing is held, and nothing should be: a target would only make the pool remember it.
      if (delta === undefined && target === 0) continue;
      try {
        this.options.connections.setTarget(endpoint, target);
      } catch (cause) {
        this.options.onProblem(service, cause);
      }
    }
  }

  private forget(nowMs: number): void {
    for (const [service, { seenAt }] of [...this.known]) {
      if (nowMs - seenAt < FORGET_MS) continue;
      this.known.delete(service);
      this.options.metrics.forget(service);
    }
  }
}
