/** Numbers from 0 to 1 that depend on nothing but the seed (mulberry32): a benchmark can be run again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Time until the next of independent events: exponentially distributed around `mean`. */
export const exponential = (random: () => number, mean: number): number => -Math.log(1 - random()) * mean;

/** A latency: log-normal, as those of real services are, with that mean and a sigma of 0.5. */
export function latency(random: () => number, mean: number): number {
  const sigma = 0.5;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return mean * Math.exp(sigma * normal - (sigma * sigma) / 2);
}
