/** First pause before a reconnection, in ms. */
const FIRST_MS = 25;
/** Longest pause: Redis counts as healed within 2 s of being back, and a try takes up to a second. */
const LONGEST_MS = 500;

/**
 * How long to wait before trying to connect again: doubling up to half a second, a quarter of it by chance so that
 * the processes of a platform don't come all at once.
 * @param attempt 1 for the first try after a loss
 * @param random from 0 to 1
 */
export function reconnectDelay(attempt: number, random: number = Math.random()): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.75 + random / 4));
}
