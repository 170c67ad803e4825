/** A point in the registry's history. For callers, points of different epochs have no order. */
export interface Revision {
  /** Which life of the store. */
  readonly epoch: string;
  readonly n: bigint;
}

/** Which numbers a daemon gives: those with its residue, so that no two daemons ever give the same one. */
export interface Numbering {
  /** The least number to give now. Time, when the numbers of several daemons are to increase together. */
  floor(): bigint;
  readonly residue: bigint;
  readonly modulus: bigint;
}

/** 1, 2, 3: of a daemon that is alone. */
const COUNTING: Numbering = { floor: () => 0n, residue: 0n, modulus: 1n };

/** Numbers what happens: revisions of the change stream and generations of instances come from here. */
export class Revisions {
  #n = 0n;

  /** @param current the epoch until the store says which one it lives in */
  constructor(
    private current: string,
    private readonly numbering: Numbering = COUNTING,
  ) {}

  /** The latest. */
  get latest(): Revision {
    return { epoch: this.current, n: this.#n };
  }

  /** The next, greater than all that this daemon gave or saw. */
  next(): Revision {
    const { residue, modulus } = this.numbering;
    const floor = this.numbering.floor();
    const least = floor > this.#n ? floor : this.#n + 1n;
    this.#n = least + ((((residue - least) % modulus) + modulus) % modulus);
    return this.latest;
  }

  /** Another daemon gave this number: what comes next here comes after it. */
  saw(n: bigint): void {
    if (n > this.#n) this.#n = n;
  }

  /** Goes on in the store's epoch, behind whatever it holds. Never goes back. */
  adopt({ epoch, n }: Revision): void {
    this.current = epoch;
    this.saw(n);
  }
}

/** Whether `one` is older than `other`; false when they have no order. */
export const isOlder = (one: Revision, other: Revision): boolean => one.epoch === other.epoch && one.n < other.n;

/** Whether both are the same point. */
export const isSame = (one: Revision, other: Revision): boolean => one.epoch === other.epoch && one.n === other.n;

/**
 * Which of two generations stands when both claim one instance: the one with the greater number, whatever the epoch.
 * Daemons must agree also on what happened while the store was away or lost, and numbers never go back over that.
 * @returns negative, zero or positive, as `one` is older than, the same as, or newer than `other`
 */
export function compareGenerations(one: Revision, other: Revision): number {
  if (one.n !== other.n) return one.n < other.n ? -1 : 1;
  if (one.epoch === other.epoch) return 0;
  return one.epoch < other.epoch ? -1 : 1;
}
