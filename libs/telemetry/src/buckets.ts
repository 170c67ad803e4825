/**
 * Histogram bounds for latencies, in seconds: from what a cache hit takes to the longest deadline that makes sense,
 * closer together where objectives usually lie (50 ms to 1 s).
 */
export const LATENCY_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
