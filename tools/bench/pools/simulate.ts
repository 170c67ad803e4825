import { type PolicyName, ServiceScaler } from '@gateway/forecast';
import { LatencyHistogram } from './latency-histogram';
import { exponential, latency, seededRandom } from './random';
import { type EndedCall, SimulatedPool, type PoolOptions } from './simulated-pool';
import type { Trace } from './traces';

/** What is simulated. */
export interface SimulationOptions extends PoolOptions {
  readonly seed: number;
  readonly policy: PolicyName;
  /** Connections under the static policy. */
  readonly staticConnections: number;
  /** Under the others: see ScalerOptions. */
  readonly releaseHalfLifeMs?: number;
  /** Mean duration of a call, in milliseconds. */
  readonly latencyMs: number;
  /** Time between two decisions, in milliseconds. */
  readonly decideEveryMs: number;
}

/** What came out, from `Trace.measureFromMs` on. */
export interface SimulationResult {
  readonly calls: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** From a call's arrival to its connection. */
  readonly longestWaitMs: number;
  readonly handshakesInPath: number;
  readonly meanConnections: number;
  readonly maxConnections: number;
  /** Share of the decisions in which the predictive policy trusted its forecast. */
  readonly trusted: number;
}

/** Steps of the clock: a trace's rate is constant within one. */
const STEP_MS = 1_000;

/** Plays a trace against a pool. The same options give the same result. */
export function simulate(trace: Trace, options: SimulationOptions): SimulationResult {
  const random = seededRandom(options.seed);
  const seen = new Measured(trace.measureFromMs);
  const pool = new SimulatedPool(options, (call) => seen.ended(call));
  const scaling = new Scaling(pool, options);
  let nextCall = 0;
  for (let at = 0; at < trace.lengthMs; at += STEP_MS) {
    if (at % options.decideEveryMs === 0) scaling.decide(at);
    pool.look();
    const perMs = trace.rate(at) / 1_000;
    nextCall = perMs > 0 ? at + exponential(random, 1 / perMs) : Infinity;
    while (nextCall < at + STEP_MS) {
      pool.advance(nextCall);
      pool.call(latency(random, options.latencyMs));
      nextCall += exponential(random, 1 / perMs);
    }
    pool.advance(at + STEP_MS);
    seen.second(at, pool);
  }
  return { ...seen.result(), trusted: scaling.trusted(trace.measureFromMs) };
}

/** The edge's loop, in the simulation's time. */
class Scaling {
  private readonly scaler: ServiceScaler;
  private last = { at: 0, arrivals: 0, busyMs: 0, handshakes: 0 };

  constructor(
    private readonly pool: SimulatedPool,
    private readonly options: SimulationOptions,
  ) {
    this.scaler = new ServiceScaler({ ...options, ledgerEntries: 1_000_000 });
  }

  decide(at: number): void {
    const { pool, last, options } = this;
    this.last = { at, arrivals: pool.arrivals, busyMs: pool.busyMs, handshakes: pool.handshakesInPath };
    const interval = Math.max(1, at - last.at);
    const busyMs = pool.busyMs - last.busyMs;
    const endpoint = {
      ...{ key: 'upstream', concurrency: busyMs / interval, inFlight: pool.callsInFlight },
      ...{ streamsPerConnection: options.streams, min: 0, max: options.max },
    };
    const [target] = this.scaler.decide({
      ...{ fromMs: last.at, toMs: at, at, busyMs, calls: pool.arrivals - last.arrivals },
      ...{ connections: pool.connections, handshakesInPath: pool.handshakesInPath - last.handshakes },
      endpoints: [endpoint],
    });
    pool.setTarget(target!);
  }

  trusted(fromMs: number): number {
    const measured = this.scaler.ledger.tail().filter(({ at }) => at >= fromMs);
    return measured.filter(({ policy }) => policy === 'predictive').length / Math.max(1, measured.length);
  }
}

/** Counts from a time on. */
class Measured {
  private readonly total = new LatencyHistogram();
  private longestWaitMs = 0;
  private seconds = 0;
  private connections = 0;
  private maxConnections = 0;
  private handshakesBefore = 0;
  private handshakes = 0;

  constructor(private readonly fromMs: number) {}

  ended({ arrivedAt, startedAt, endedAt }: EndedCall): void {
    if (arrivedAt < this.fromMs) return;
    this.total.record(endedAt - arrivedAt);
    this.longestWaitMs = Math.max(this.longestWaitMs, startedAt - arrivedAt);
  }

  second(at: number, { connections, handshakesInPath }: SimulatedPool): void {
    if (at < this.fromMs) {
      this.handshakesBefore = handshakesInPath;
      return;
    }
    this.seconds++;
    this.connections += connections;
    this.maxConnections = Math.max(this.maxConnections, connections);
    this.handshakes = handshakesInPath - this.handshakesBefore;
  }

  result(): Omit<SimulationResult, 'trusted'> {
    return {
      calls: this.total.count,
      p99Ms: this.total.quantile(0.99),
      p999Ms: this.total.quantile(0.999),
      longestWaitMs: this.longestWaitMs,
      handshakesInPath: this.handshakes,
      meanConnections: this.connections / Math.max(1, this.seconds),
      maxConnections: this.maxConnections,
    };
  }
}
