import { type PolicyName, concurrencyOf, connectionsFor } from '@gateway/forecast';
import { type SimulationResult, simulate } from './simulate';
import type { Trace } from './traces';

/** One policy's result for one trace. */
export interface Row extends SimulationResult {
  readonly trace: string;
  readonly policy: string;
}

/**
 * Processor time of a mutual TLS connection in the gateway, and of a gRPC connection on one: medians of `handshake.ts` on two
 * shared cores. The reason that a hundred connections opened at once aren't there at once.
 */
const TLS_CPU_MS = 3.4;
const GRPC_CPU_MS = 6.5;
/** Within a data centre. */
const ROUND_TRIP_MS = 0.5;
const LATENCY_MS = 50;
const MAX_CONNECTIONS = 256;
const POLICIES: readonly { readonly name: string; readonly policy: PolicyName; readonly releaseHalfLifeMs?: number }[] =
  [
    { name: 'static, for the peak', policy: 'static' },
    { name: 'reactive', policy: 'reactive' },
    // Whether holding on for longer does what forecasting does.
    { name: 'reactive, ten times slower to release', policy: 'reactive', releaseHalfLifeMs: 600_000 },
    { name: 'predictive', policy: 'predictive' },
  ];

/** Plays a trace under each policy, against the same calls. */
export function compare(trace: Trace, { seed, streams }: { seed: number; streams: number }): Row[] {
  const bounds = { min: 0, max: MAX_CONNECTIONS };
  const options = {
    ...{ seed, streams, max: MAX_CONNECTIONS, latencyMs: LATENCY_MS, decideEveryMs: 5_000 },
    ...{ roundTripMs: ROUND_TRIP_MS, handshakeCpuMs: streams === 1 ? TLS_CPU_MS : GRPC_CPU_MS, surplusIdleMs: 10_000 },
    // What an operator would set who knew the highest load beforehand.
    staticConnections: connectionsFor(
      { concurrency: concurrencyOf(peakOf(trace), LATENCY_MS), streamsPerConnection: streams },
      bounds,
    ),
  };
  return POLICIES.map(({ name, ...policy }) => ({
    ...{ trace: trace.name, policy: name },
    ...simulate(trace, { ...options, ...policy }),
  }));
}

function peakOf(trace: Trace): number {
  let peak = 0;
  for (let at = 0; at < trace.lengthMs; at += 1_000) peak = Math.max(peak, trace.rate(at));
  return peak;
}

/** The rows as Markdown. */
export function table(rows: readonly Row[]): string {
  const heading = [
    ...['trace', 'policy', 'p99, ms', 'p99.9, ms', 'longest wait, ms', 'handshakes in the path', 'of calls'],
    ...['connections, mean', 'max', 'forecast trusted'],
  ];
  const lines = rows.map((row) => [
    ...[row.trace, row.policy, row.p99Ms.toFixed(0), row.p999Ms.toFixed(0), row.longestWaitMs.toFixed(0)],
    ...[String(row.handshakesInPath), percent(row.handshakesInPath / row.calls, 3)],
    ...[row.meanConnections.toFixed(1), String(row.maxConnections)],
    row.policy === 'predictive' ? percent(row.trusted, 0) : '',
  ]);
  const rule = heading.map((_, i) => (i < 2 ? '---' : '--:'));
  return [heading, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const percent = (share: number, digits: number): string => `${(share * 100).toFixed(digits)} %`;
