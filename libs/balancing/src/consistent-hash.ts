import type { Candidate } from './candidate';
import { anyOf, type Chooser, type ChooserOptions, NO_KEY, type Skip, TRIES } from './chooser';
import { rehash, unitOf } from './hash';
import type { MaglevTable } from './maglev-table';
import type { MaglevTables } from './maglev-tables';
import { SlowStart } from './slow-start';
import { leastRequest, TwoChoices } from './two-choices';

/** When fewer than one in so many candidates are usable, keys would mostly miss: the usable ones get a table of their own. */
const FEW = 4;

/**
 * The same key goes to the same candidate, in every process that has the same list. Where that one can't be used, the key
 * goes to another, also always the same, and nothing else moves: the table is made of all candidates, also those that get
 * no calls at the moment.
 */
export class ConsistentHash<C extends Candidate> implements Chooser<C> {
  private table: MaglevTable | null = null;
  private readonly members: readonly C[];
  private readonly isUsable: ReadonlySet<C>;
  private readonly keyless: Chooser<C>;
  private readonly slowStart: SlowStart;

  /**
   * @param candidates at least one
   * @param usable those of them that may get calls; at least one
   * @param tables where tables are kept from one list to the next
   */
  constructor(
    candidates: readonly C[],
    private readonly usable: readonly C[],
    private readonly options: ChooserOptions,
    private readonly tables: MaglevTables,
  ) {
    const some = usable.length * FEW < candidates.length ? usable : candidates;
    // The order decides who gets a contested slot: it must not be the one in which a registry happened to answer.
    this.members = some.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.isUsable = new Set(usable);
    this.keyless = new TwoChoices(usable, leastRequest, options);
    this.slowStart = new SlowStart(usable, options.slowStartMs, options.now);
  }

  choose(hash: number, skip: Skip<C>): C | null {
    if (hash === NO_KEY) return this.keyless.choose(hash, skip);
    // Filling the table takes milliseconds: lists that nobody asks aren't worth them.
    this.table ??= this.tables.of(this.members);
    let at = hash;
    for (let tries = TRIES; tries > 0; tries--) {
      const candidate = this.members[this.table.lookup(at)]!;
      at = rehash(at);
      if (this.takes(candidate, at) && !skip.skips(candidate)) return candidate;
    }
    return anyOf(this.usable, skip, this.options.random);
  }

  /** One that is new takes a growing part of its keys: once it has one, it keeps it. */
  private takes(candidate: C, hash: number): boolean {
    return this.isUsable.has(candidate) && unitOf(hash) < this.slowStart.shareOf(candidate);
  }
}
