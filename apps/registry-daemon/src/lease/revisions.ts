/** A point in the registry's history. Points of different epochs have no order. */
export interface Revision {
  /** Which life of the store. */
  readonly epoch: string;
  readonly n: bigint;
}

/** Numbers what happens: revisions of the change stream and generations of instances come from here. */
export class Revisions {
  #n = 0n;

  /** @param epoch until the store says which one it lives in */
  constructor(private current: string) {}

  /** The latest. */
  get latest(): Revision {
    return { epoch: this.current, n: this.#n };
  }

  /** The next, greater than all of its epoch. */
  next(): Revision {
    this.#n += 1n;
    return this.latest;
  }

  /** Goes on in the store's epoch, behind whatever it holds. Never goes back. */
  adopt({ epoch, n }: Revision): void {
    this.current = epoch;
    if (n > this.#n) this.#n = n;
  }
}

/** Whether `one` is older than `other`; false when they have no order. */
export const isOlder = (one: Revision, other: Revision): boolean => one.epoch === other.epoch && one.n < other.n;

/** Whether both are the same point. */
export const isSame = (one: Revision, other: Revision): boolean => one.epoch === other.epoch && one.n === other.n;
