import type { Candidate } from './candidate';
import { anyOf, type Chooser, type ChooserOptions, NO_KEY, type Skip } from './chooser';
import { ConsistentHash } from './consistent-hash';
import { MaglevTables } from './maglev-tables';
import type { BalancingPolicy } from './policy';
import { Split } from './split';
import { SplitSides } from './split-sides';
import { leastRequest, peakEwma, TwoChoices } from './two-choices';
import { type Usable, usableOf } from './usable';
import { WeightedTurns } from './weighted-turns';
import { preferZone } from './zoned';

/** What a balancer draws on. */
export interface BalancerOptions {
  /** In [0, 1). */
  readonly random: () => number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** The own zone; '' when it isn't known. */
  readonly zone: string;
}

/** A call's keys, as hashes; NO_KEY for what it hasn't. */
export interface CallKeys {
  /** What consistent-hash goes by. */
  readonly hash: number;
  /** What keeps it on its side of a split. */
  readonly sticky: number;
}

/** A call without keys. */
export const KEYLESS: CallKeys = { hash: NO_KEY, sticky: NO_KEY };

/**
 * Chooses who gets a call. What depends on the candidates is worked out when they are replaced; a pick takes constant time,
 * or logarithmic for round-robin, and allocates nothing.
 */
export class Balancer<C extends Candidate> {
  private readonly chooserOptions: ChooserOptions;
  private readonly tables = new MaglevTables();
  private readonly sides: SplitSides | null;
  private candidates: readonly C[] = [];
  private reachable: readonly C[] = [];
  private split: Split<C> | null = null;
  private only: Chooser<C> | null = null;
  /** Whether withheld candidates get calls, because too few are usable. */
  panicking = false;

  constructor(
    private readonly policy: BalancingPolicy,
    private readonly options: BalancerOptions,
  ) {
    this.chooserOptions = { ...options, slowStartMs: policy.slowStartMs };
    this.sides = policy.splits.length === 0 ? null : new SplitSides(policy.splits);
  }

  /** Takes the candidates; again whenever one of them comes, goes or changes its standing. */
  replace(candidates: readonly C[]): void {
    this.candidates = this.sides === null ? candidates : withShare(candidates, this.sides);
    const found = usableOf(this.candidates, this.policy.panicThreshold);
    this.reachable = found.reachable;
    this.panicking = found.panicking;
    this.only = null;
    this.split = null;
    if (candidates.length === 0) return;
    if (this.sides === null) this.only = this.chooserOf(this.candidates, found);
    else this.split = this.splitOf(this.candidates, found, this.sides);
  }

  /**
   * One that isn't skipped: a usable one if there is any, else a withheld one, else one that refuses connections.
   * @returns null: all are skipped, or there is none
   */
  pick({ hash, sticky }: CallKeys, skip: Skip<C>): C | null {
    const chosen = this.only === null ? (this.split?.choose(sticky, hash, skip) ?? null) : this.only.choose(hash, skip);
    if (chosen !== null) return chosen;
    const { random } = this.options;
    return anyOf(this.reachable, skip, random) ?? anyOf(this.candidates, skip, random);
  }

  private splitOf(candidates: readonly C[], { usable, ...rest }: Usable<C>, sides: SplitSides): Split<C> {
    const sideOf = ({ version }: C): string => sides.sideOfVersion(version);
    const all = Map.groupBy(candidates, sideOf);
    const choosers = [...Map.groupBy(usable, sideOf)].map(
      ([side, some]) => [side, this.chooserOf(all.get(side)!, { ...rest, usable: some })] as const,
    );
    return new Split(sides, new Map(choosers), this.options.random);
  }

  private chooserOf(candidates: readonly C[], { usable, panicking }: Usable<C>): Chooser<C> {
    const { algorithm, preferZone: prefers } = this.policy;
    const { zone, random } = this.options;
    if (algorithm === 'consistent-hash')
      return new ConsistentHash(candidates, usable, this.chooserOptions, this.tables);
    const plain = (some: readonly C[]): Chooser<C> => this.plainChooser(algorithm, some);
    // In panic no zone is trusted to carry its share.
    return prefers && !panicking ? preferZone(zone, usable, plain, random) : plain(usable);
  }

  private plainChooser(
    algorithm: Exclude<BalancingPolicy['algorithm'], 'consistent-hash'>,
    some: readonly C[],
  ): Chooser<C> {
    if (algorithm === 'round-robin') return new WeightedTurns(some, this.chooserOptions);
    return new TwoChoices(some, algorithm === 'peak-ewma' ? peakEwma : leastRequest, this.chooserOptions);
  }
}

/** A version with no share gets no calls, whatever becomes of the others; unless there is nothing else at all. */
function withShare<C extends Candidate>(candidates: readonly C[], sides: SplitSides): readonly C[] {
  const served = candidates.filter(({ version }) => sides.sizeOf(sides.sideOfVersion(version)) > 0);
  return served.length > 0 ? served : candidates;
}
