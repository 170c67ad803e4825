import { type InstanceKey, keyOf, type Lease, type Life } from '../lease/lease';
import type { LeaseTable } from '../lease/lease-table';
import { compareGenerations, type Revision } from '../lease/revisions';
import type { StoreChange } from './registry-store';

/** Takes in what the store and other daemons say of leases, in its order. */
export class LeaseIntake {
  /** What others told while everything was being read: it comes after that. */
  #held: StoreChange[] | null = null;
  /** Lives that were ended here, until that is heard back: what others said of them before doesn't count. */
  readonly #ended = new Map<string, Revision>();

  /** @param putAgain the store is to have that lease again: it lost one whose renewal was on its way */
  constructor(
    private readonly table: LeaseTable,
    private readonly putAgain: (key: InstanceKey) => void,
  ) {}

  /** That life was ended here. */
  ended(life: Life): void {
    this.#ended.set(keyOf(life), life.generation);
  }

  /** Whether that life, or a later one, was ended here, which the store may not know yet. */
  isEnded(life: Life): boolean {
    const ended = this.#ended.get(keyOf(life));
    return ended !== undefined && compareGenerations(life.generation, ended) <= 0;
  }

  /** The store has the last word on those that were ended here. */
  undecided(lives: readonly Life[]): void {
    for (const life of lives) this.#ended.delete(keyOf(life));
  }

  /** From now on what is heard waits for `resume`: something older is about to be learnt. */
  pause(): void {
    this.#held = [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const change of held) this.#take(change);
  }

  heard(change: StoreChange): void {
    if (this.#held) this.#held.push(change);
    else this.#take(change);
  }

  learn(leases: readonly Lease[]): void {
    for (const lease of leases) if (!this.isEnded(lease)) this.table.learn(lease);
  }

  #take({ upserted, removed, expired }: StoreChange): void {
    this.learn(upserted);
    for (const life of removed) {
      if (this.isEnded(life)) this.#ended.delete(keyOf(life));
      this.table.forget(life);
    }
    for (const life of expired)
      if (this.table.isRenewed(life)) this.putAgain(life);
      else this.table.forget(life);
  }
}
