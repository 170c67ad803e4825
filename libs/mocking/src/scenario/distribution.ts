import type { SeededRandom } from '../random';

/** How long answers take, in milliseconds. */
export type Distribution =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'lognormal'; readonly median: number; readonly sigma: number };

/** The longest that any of them gives, in milliseconds. */
export const MAX_LATENCY_MS = 60_000;

/** One latency, in milliseconds, from 0 to {@link MAX_LATENCY_MS}. */
export function drawLatency(distribution: Distribution | null, random: SeededRandom): number {
  if (distribution === null) return 0;
  return Math.min(MAX_LATENCY_MS, Math.max(0, Math.round(draw(distribution, random))));
}

function draw(distribution: Distribution, random: SeededRandom): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.ms;
    case 'uniform':
      return distribution.min + random.unit() * (distribution.max - distribution.min);
    case 'normal':
      return distribution.mean + random.normal() * distribution.deviation;
    case 'lognormal':
      return distribution.median * Math.exp(random.normal() * distribution.sigma);
  }
}
