import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidate } from './candidate';
import { type Chooser, type ChooserOptions, NO_KEY, TRIES } from './chooser';
import { ConsistentHash } from './consistent-hash';
import { hashText } from './hash';
import { MaglevTables } from './maglev-tables';
import { candidate, candidates, NOBODY, seededRandom, sharesOf, skipping } from './sample.fixture';
import { leastRequest, peakEwma, TwoChoices } from './two-choices';
import { WeightedTurns } from './weighted-turns';

const optionsOf = (given: Partial<ChooserOptions> = {}): ChooserOptions => ({
  random: seededRandom(),
  now: () => 0,
  slowStartMs: 0,
  ...given,
});

type MakeChooser = (list: readonly Candidate[], options?: Partial<ChooserOptions>) => Chooser<Candidate>;

const ALGORITHMS: Readonly<Record<string, MakeChooser>> = {
  'round robin': (list, options) => new WeightedTurns(list, optionsOf(options)),
  'least request': (list, options) => new TwoChoices(list, leastRequest, optionsOf(options)),
  'peak EWMA': (list, options) => new TwoChoices(list, peakEwma, optionsOf(options)),
  'consistent hash': (list, options) => new ConsistentHash(list, list, optionsOf(options), new MaglevTables()),
};

const PICKS = 20_000;
const keyOf = (index: number): number => hashText(`key ${index}`);

/** The weights that each picked candidate should have had, as shares. */
function expectFair(list: readonly Candidate[], shares: ReadonlyMap<string, number>, within = 0.05): void {
  const total = list.reduce((sum, { weight }) => sum + weight, 0);
  for (const { id, weight } of list) {
    const due = weight / total;
    // Chance alone: four standard deviations of a count of so many draws.
    const noise = 4 * Math.sqrt((due * (1 - due)) / PICKS);
    expect(Math.abs((shares.get(id) ?? 0) - due)).toBeLessThan(due * within + noise);
  }
}

describe.each(Object.entries(ALGORITHMS))('%s', (_, make) => {
  test('is fair within 5 % of the weights', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(weights, fc.integer(), (given, seed) => {
        const list = given.map((weight, index) => candidate(`c${index}`, { weight }));
        const chooser = make(list, { random: seededRandom(seed) });
        expectFair(
          list,
          sharesOf(PICKS, (index) => chooser.choose(keyOf(index), NOBODY)),
        );
      }),
      { numRuns: 10 },
    );
  });

  test('never takes one that is skipped while there is another, and none when all are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(), (count, kept, seed) => {
        const list = candidates(count);
        const only = list[kept % count]!;
        const chooser = make(list, { random: seededRandom(seed) });
        const skip = skipping(...list.filter((each) => each !== only));
        for (let i = 0; i < 5; i++) expect(chooser.choose(keyOf(i), skip)).toBe(only);
        expect(chooser.choose(keyOf(0), skipping(...list))).toBeNull();
      }),
    );
  });

  test('gives a new one a share that grows from a tenth to the whole', () => {
    let now = 100_000;
    const list = [...candidates(9), candidate('new', {}, now)];
    const chooser = make(list, { slowStartMs: 10_000, now: () => now });
    const shareOfNew = (): number =>
      sharesOf(PICKS, (index) => chooser.choose(keyOf(index), NOBODY)).get('new')! * list.length;
    expect(shareOfNew()).toBeGreaterThan(0.05);
    expect(shareOfNew()).toBeLessThan(0.16);
    now += 5_000;
    expect(shareOfNew()).toBeGreaterThan(0.42);
    expect(shareOfNew()).toBeLessThan(0.62);
    now += 5_000;
    expect(shareOfNew()).toBeGreaterThan(0.9);
  });

  test('holds nobody back when all are new', () => {
    const list = candidates(4);
    const chooser = make(list, { slowStartMs: 10_000 });
    expectFair(
      list,
      sharesOf(PICKS, (index) => chooser.choose(keyOf(index), NOBODY)),
    );
  });

  test('goes through the list when the draws have no luck', () => {
    const list = candidates(3);
    const chooser = make(list, { random: () => 0 });
    let asked = 0;
    const skip = { skips: (each: Candidate) => asked++ < TRIES || each !== list[2] };
    expect(chooser.choose(1, skip)).toBe(list[2]);
  });
});

describe('round robin', () => {
  test('spreads the turns of a heavy one', () => {
    const list = [candidate('a', { weight: 2 }), candidate('b'), candidate('c')];
    const chooser = new WeightedTurns(list, optionsOf());
    const turns = Array.from({ length: 400 }, () => chooser.choose(NO_KEY, NOBODY)!.id);
    for (let i = 2; i < turns.length; i++) expect(turns.slice(i - 2, i + 1)).not.toEqual(['a', 'a', 'a']);
    for (let i = 8; i < turns.length; i += 4) expect(turns.slice(i - 4, i).filter((id) => id === 'a').length).toBe(2);
  });

  test('takes the turn of one that is skipped: it does not get them all later', () => {
    const list = candidates(4);
    const chooser = new WeightedTurns(list, optionsOf());
    for (let i = 0; i < 100; i++) chooser.choose(NO_KEY, skipping(list[0]!));
    const after = Array.from({ length: 8 }, () => chooser.choose(NO_KEY, NOBODY)!.id);
    expect(after.filter((id) => id === 'c0')).toHaveLength(2);
  });
});

describe('least request', () => {
  test('takes the one of two that has less to do for its weight', () => {
    const [a, b] = [candidate('a', { weight: 4 }), candidate('b')];
    const chooser = new TwoChoices([a, b], leastRequest, optionsOf());
    a.inFlight = 3;
    b.inFlight = 1;
    for (let i = 0; i < 20; i++) expect(chooser.choose(NO_KEY, NOBODY)).toBe(a);
    a.inFlight = 8;
    // Now and then both draws are of the heavy one.
    expect(sharesOf(1_000, () => chooser.choose(NO_KEY, NOBODY)).get('b')).toBeGreaterThan(0.95);
  });

  test('keeps loads even when calls last', () => {
    const list = [candidate('a', { weight: 3 }), candidate('b'), candidate('c'), candidate('d')];
    const random = seededRandom(5);
    const chooser = new TwoChoices(list, leastRequest, optionsOf({ random }));
    const running: Candidate[] = [];
    const shares = sharesOf(PICKS, () => {
      const chosen = chooser.choose(NO_KEY, NOBODY)!;
      chosen.inFlight++;
      running.push(chosen);
      if (running.length > 60) running.splice(Math.floor(random() * running.length), 1)[0]!.inFlight--;
      return chosen;
    });
    expectFair(list, shares);
  });
});

describe('peak EWMA', () => {
  test('gives an unknown one a single call until that is answered', () => {
    const [known, fresh] = [candidate('known'), candidate('fresh')];
    known.latency.observe(100, 0);
    const chooser = new TwoChoices([known, fresh], peakEwma, optionsOf());
    expect(chooser.choose(NO_KEY, NOBODY)).toBe(fresh);
    fresh.inFlight = 1;
    for (let i = 0; i < 20; i++) expect(chooser.choose(NO_KEY, NOBODY)).toBe(known);
    fresh.latency.observe(10, 0);
    for (let i = 0; i < 20; i++) expect(chooser.choose(NO_KEY, NOBODY)).toBe(fresh);
  });

  test('avoids one whose latency has just peaked, and tries it again later', () => {
    let now = 0;
    const [slow, quick] = [candidate('slow'), candidate('quick')];
    slow.latency.observe(10, now);
    slow.latency.observe(500, now);
    quick.latency.observe(20, now);
    const chooser = new TwoChoices([slow, quick], peakEwma, optionsOf({ now: () => now }));
    for (let i = 0; i < 20; i++) expect(chooser.choose(NO_KEY, NOBODY)).toBe(quick);
    now = 60_000;
    quick.latency.observe(20, now);
    expect(chooser.choose(NO_KEY, NOBODY)).toBe(slow);
  });
});

describe('consistent hash', () => {
  const places = (list: readonly Candidate[], usable = list): string[] => {
    const chooser = new ConsistentHash(list, usable, optionsOf(), new MaglevTables());
    return Array.from({ length: 20_000 }, (_, index) => chooser.choose(keyOf(index), NOBODY)!.id);
  };
  const moved = (before: readonly string[], after: readonly string[], counts: (from: string, to: string) => boolean) =>
    before.filter((from, index) => from !== after[index] && counts(from, after[index]!)).length / before.length;

  test('moves the keys of one that goes, and hardly any other; and about 1/n when one comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 30 }), fc.nat(), (count, which) => {
        const list = candidates(count);
        const gone = list[which % count]!;
        const before = places(list);
        const after = places(list.filter((each) => each !== gone));
        expect(moved(before, after, (from) => from !== gone.id)).toBeLessThan(0.04);
        expect(moved(before, after, (from) => from === gone.id)).toBeCloseTo(1 / count, 1);
        const fewer = places([...list, candidate('another')]);
        expect(moved(before, fewer, () => true)).toBeLessThan(1 / (count + 1) + 0.05);
        expect(moved(before, fewer, () => true)).toBeGreaterThan(1 / (count + 1) - 0.02);
      }),
      { numRuns: 10 },
    );
  });

  test('moves only the keys of one that gets no calls at the moment', () => {
    const list = candidates(10);
    const out = list[3]!;
    const usable = list.filter((each) => each !== out);
    const [before, after] = [places(list), places(list, usable)];
    expect(moved(before, after, (from) => from !== out.id)).toBe(0);
    expect(moved(before, after, (from, to) => from === out.id && to === out.id)).toBe(0);
    expect(new Set(after).size).toBe(9);
  });

  test('gives the same key the same place whatever the order of the list', () => {
    const list = candidates(7);
    expect(places(list.toReversed())).toEqual(places(list));
  });

  test('balances calls without a key', () => {
    const list = candidates(2);
    const chooser = new ConsistentHash(list, list, optionsOf(), new MaglevTables());
    list[0]!.inFlight = 5;
    for (let i = 0; i < 20; i++) expect(chooser.choose(NO_KEY, NOBODY)).toBe(list[1]);
  });

  test('keeps keys in place when only few of many are usable', () => {
    const list = candidates(40);
    const few = [list[4]!, list[30]!];
    const [once, again] = [places(list, few), places(list, few)];
    expect(again).toEqual(once);
    expect(once.filter((id) => id === 'c4').length / once.length).toBeCloseTo(0.5, 1);
  });

  test('keeps the table while the members stay the same', () => {
    const tables = new MaglevTables();
    const list = candidates(3);
    const first = tables.of(list);
    expect(tables.of([...list])).toBe(first);
    expect(tables.of(list.slice(1))).not.toBe(first);
    expect(tables.of([...list.slice(1), candidate('other')])).not.toBe(first);
    for (let i = 0; i < 8; i++) tables.of(candidates(2));
    expect(tables.of(list)).not.toBe(first);
  });
});
