import type { Clock } from '@gateway/clock';
import type { Numbering } from '../lease/revisions';

/** Numbers of one millisecond, and daemons that number at once without meeting. */
const PER_MS = 16n;
const RESIDUES = 4_096n;

/**
 * The store's time, as far as it is known, on the monotonic clock: setting this machine's clock changes nothing. Until
 * the store has been asked it is what the machine's clock said at the start.
 */
export class SharedTime {
  #offset: number;

  constructor(private readonly clock: Clock) {
    this.#offset = clock.now() - clock.monotonic();
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return this.clock.monotonic() + this.#offset;
  }

  /**
   * Takes the store's time.
   * @param storeMs what it answered, in milliseconds since the Unix epoch
   * @param tookMs how long the answer took: it is taken to have come from the middle of that time
   */
  observed(storeMs: number, tookMs: number): void {
    this.#offset = storeMs + tookMs / 2 - this.clock.monotonic();
  }
}

/**
 * Numbers that grow with the shared time, so that what is registered later at another daemon has the greater number, also
 * while the daemons can't reach each other. The residue, by chance, keeps equal moments apart.
 * @param random from 0 (included) to 1 (excluded)
 */
export const numberingBy = (time: SharedTime, random: () => number): Numbering => ({
  floor: () => BigInt(Math.floor(time.now())) * PER_MS * RESIDUES,
  residue: BigInt(Math.floor(random() * Number(RESIDUES))),
  modulus: RESIDUES,
});
