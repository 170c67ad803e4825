import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Balancer, type BalancerOptions, KEYLESS } from './balancer';
import { Candidate, type CandidateFacts } from './candidate';
import { NO_KEY } from './chooser';
import { hashText } from './hash';
import { type Algorithm, type BalancingPolicy, DEFAULT_POLICY, type SplitShare } from './policy';
import { candidate, candidates, NOBODY, seededRandom, sharesOf, skipping } from './sample.fixture';

function balancerOf(
  list: readonly Candidate[],
  policy: Partial<BalancingPolicy> = {},
  given: Partial<BalancerOptions> = {},
): Balancer<Candidate> {
  const options = { random: seededRandom(), now: () => 0, zone: '', ...given };
  const balancer = new Balancer<Candidate>({ ...DEFAULT_POLICY, ...policy }, options);
  balancer.replace(list);
  return balancer;
}

const ALGORITHMS: readonly Algorithm[] = ['round-robin', 'least-request', 'peak-ewma', 'consistent-hash'];
const PICKS = 10_000;
const CALLERS = 4_000;

const keys = (index: number) => ({ hash: hashText(`hash ${index}`), sticky: hashText(`caller ${index}`) });

test('a candidate has a weight above 0', () => {
  for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => candidate('a', { weight })).toThrow(RangeError);
});

test('without a candidate there is none to pick', () => {
  for (const splits of [[], [{ version: 'v2', percent: 10 }]])
    expect(balancerOf([], { splits }).pick(KEYLESS, NOBODY)).toBeNull();
});

describe('whatever the policy', () => {
  const facts = fc.record<CandidateFacts>({
    id: fc.string(),
    weight: fc.integer({ min: 1, max: 5 }),
    zone: fc.constantFrom('', 'a', 'b', 'c'),
    version: fc.constantFrom('', 'v1', 'v2'),
  });
  const list = fc
    .uniqueArray(facts, { selector: ({ id }) => id, minLength: 1, maxLength: 12 })
    .map((all) => all.map((each) => new Candidate(each, 0)));
  const policy = fc.record<BalancingPolicy>({
    algorithm: fc.constantFrom(...ALGORITHMS),
    splits: fc.constantFrom<SplitShare[][]>([], [{ version: 'v2', percent: 30 }]),
    preferZone: fc.boolean(),
    slowStartMs: fc.constantFrom(0, 1_000),
    panicThreshold: fc.integer({ min: 0, max: 100 }),
  });
  const standings = fc.array(fc.constantFrom('usable', 'withheld', 'unreachable'), { minLength: 12, maxLength: 12 });

  test('an avoided one is picked only when there is no other, a withheld one only in panic', () => {
    fc.assert(
      fc.property(
        list,
        policy,
        standings,
        fc.nat(),
        fc.constantFrom('', 'a', 'b'),
        (all, rules, given, which, zone) => {
          all.forEach((each, index) => (each.standing = given[index]!));
          const balancer = balancerOf(all, rules, { zone, random: seededRandom(which) });
          const avoided = all[which % all.length]!;
          for (let i = 0; i < 10; i++) {
            const picked = balancer.pick(i % 2 === 0 ? KEYLESS : keys(i), skipping(avoided));
            expect(picked).not.toBe(avoided);
            if (picked === null) expect(all).toHaveLength(1);
            const any = balancer.pick(keys(i), NOBODY)!;
            expect(any).not.toBeNull();
            if (all.some(({ standing }) => standing !== 'unreachable')) expect(any.standing).not.toBe('unreachable');
            if (!balancer.panicking) expect(any.standing).not.toBe('withheld');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('panic', () => {
  const standing = (count: number, withheld: number, unreachable = 0): Candidate[] => {
    const list = candidates(count);
    list.slice(0, withheld).forEach((each) => (each.standing = 'withheld'));
    list.slice(withheld, withheld + unreachable).forEach((each) => (each.standing = 'unreachable'));
    return list;
  };
  const used = (list: readonly Candidate[], policy: Partial<BalancingPolicy> = {}): number => {
    const balancer = balancerOf(list, policy);
    return sharesOf(1_000, () => balancer.pick(KEYLESS, NOBODY)).size;
  };

  test('is below the threshold, and uses all', () => {
    expect(used(standing(10, 5))).toBe(5);
    expect(used(standing(10, 6))).toBe(10);
    expect(used(standing(10, 6), { panicThreshold: 40 })).toBe(4);
    expect(used(standing(10, 9), { panicThreshold: 0 })).toBe(1);
    expect(used(standing(2, 2), { panicThreshold: 0 })).toBe(2);
    expect(balancerOf(standing(10, 6)).panicking).toBe(true);
    expect(balancerOf(standing(10, 5)).panicking).toBe(false);
  });

  test('does not count those that refuse connections, nor use them while there are others', () => {
    expect(used(standing(10, 1, 7))).toBe(2);
    expect(used(standing(10, 2, 7))).toBe(3);
    expect(used(standing(10, 0, 10))).toBe(10);
  });

  test('takes one that is out before one that was tried already', () => {
    const [out, tried] = [candidate('out'), candidate('tried')];
    out.standing = 'withheld';
    expect(balancerOf([out, tried]).pick(KEYLESS, skipping(tried))).toBe(out);
    out.standing = 'unreachable';
    expect(balancerOf([out, tried]).pick(KEYLESS, skipping(tried))).toBe(out);
    expect(balancerOf([out, tried]).pick(KEYLESS, skipping(tried, out))).toBeNull();
  });
});

describe('zones', () => {
  const list = (counts: Readonly<Record<string, number>>): Candidate[] =>
    Object.entries(counts).flatMap(([zone, count]) =>
      Array.from({ length: count }, (_, index) => candidate(`${zone}${index}`, { zone })),
    );
  const zoneShares = (all: readonly Candidate[], policy: Partial<BalancingPolicy>, zone = 'a') => {
    const balancer = balancerOf(all, policy, { zone });
    const shares: Record<string, number> = {};
    for (let i = 0; i < PICKS; i++) {
      const picked = balancer.pick(keys(i), NOBODY)!;
      shares[picked.zone] = (shares[picked.zone] ?? 0) + 1 / PICKS;
    }
    return shares;
  };

  test.each(ALGORITHMS.slice(0, 3))('%s keeps calls in the own zone while that can carry its share', (algorithm) => {
    expect(zoneShares(list({ a: 2, b: 2 }), { algorithm })).toEqual({ a: expect.closeTo(1) });
    expect(zoneShares(list({ a: 3, b: 1 }), { algorithm })).toEqual({ a: expect.closeTo(1) });
    const third = zoneShares(list({ a: 1, b: 3 }), { algorithm });
    expect(third['a']).toBeCloseTo(0.5, 1);
    const spilled = zoneShares(list({ a: 1, b: 2, c: 6 }), { algorithm });
    expect(spilled['a']).toBeCloseTo(1 / 3, 1);
    expect(spilled['b']).toBeUndefined();
    expect(spilled['c']).toBeCloseTo(2 / 3, 1);
  });

  test('all instances are loaded alike when every zone does so', () => {
    const all = list({ a: 1, b: 3, c: 5 });
    const load = new Map<string, number>();
    for (const zone of ['a', 'b', 'c']) {
      const balancer = balancerOf(all, {}, { zone });
      for (const [id, share] of sharesOf(PICKS, () => balancer.pick(KEYLESS, NOBODY)))
        load.set(id, (load.get(id) ?? 0) + share);
    }
    for (const share of load.values()) expect(share).toBeCloseTo(1 / 3, 1);
    expect(load.size).toBe(9);
  });

  test('do not matter where they are not known, or not wanted, or in panic, or to a consistent hash', () => {
    const all = list({ a: 2, b: 2 });
    expect(zoneShares(all, {}, '')['b']).toBeCloseTo(0.5, 1);
    expect(zoneShares(all, {}, 'elsewhere')['b']).toBeCloseTo(0.5, 1);
    expect(zoneShares(all, { preferZone: false })['b']).toBeCloseTo(0.5, 1);
    expect(zoneShares(all, { algorithm: 'consistent-hash' })['b']).toBeCloseTo(0.5, 1);
    expect(zoneShares(list({ a: 2 }), {})).toEqual({ a: expect.closeTo(1) });
    const bad = list({ a: 2, b: 2 });
    bad.slice(1).forEach((each) => (each.standing = 'withheld'));
    expect(zoneShares(bad, {})['b']).toBeCloseTo(0.5, 1);
  });

  test('are left when all of the zone were tried', () => {
    const all = list({ a: 1, b: 1, c: 1 });
    const balancer = balancerOf(all, {}, { zone: 'a' });
    expect(balancer.pick(KEYLESS, skipping(all[0]!))!.zone).not.toBe('a');
    expect(balancer.pick(KEYLESS, skipping(all[0]!, all[1]!))).toBe(all[2]);
    expect(balancer.pick(KEYLESS, skipping(...all))).toBeNull();
  });

  test('a draw beyond the last share, by rounding, goes to the greatest', () => {
    const all = list({ a: 1, b: 3 });
    expect(
      balancerOf(all, { algorithm: 'round-robin' }, { zone: 'a', random: () => 1 }).pick(KEYLESS, NOBODY),
    ).not.toBeNull();
  });
});

describe('splits', () => {
  const v1 = candidates(3, { version: 'v1' });
  const v2 = [candidate('n0', { version: 'v2' }), candidate('n1', { version: 'v2' })];
  const v3 = [candidate('m0', { version: 'v3' })];
  const sidesOf = (
    list: readonly Candidate[],
    splits: readonly SplitShare[],
    policy: Partial<BalancingPolicy> = {},
  ) => {
    const balancer = balancerOf(list, { splits, ...policy });
    return Array.from({ length: CALLERS }, (_, index) => balancer.pick(keys(index), NOBODY)!.version);
  };
  const shareOf = (sides: readonly string[], version: string): number =>
    sides.filter((side) => side === version).length / sides.length;

  test.each(ALGORITHMS)('%s gives versions their percent, however many instances they have', (algorithm) => {
    const sides = sidesOf([...v1, ...v2], [{ version: 'v2', percent: 10 }], { algorithm });
    expect(Math.abs(shareOf(sides, 'v2') - 0.1)).toBeLessThan(0.02);
    const keyless = balancerOf([...v1, ...v2], { algorithm, splits: [{ version: 'v2', percent: 10 }] });
    const shares = sharesOf(PICKS, () => keyless.pick(KEYLESS, NOBODY));
    expect(Math.abs(shares.get('n0')! + shares.get('n1')! - 0.1)).toBeLessThan(0.012);
  });

  test('a caller stays on its side, and only callers of the other side move when a share grows', () => {
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(percent, percent, (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const before = sidesOf([...v1, ...v2], [{ version: 'v2', percent: less }]);
        const after = sidesOf([...v1, ...v2], [{ version: 'v2', percent: more }]);
        expect(sidesOf([...v1, ...v2], [{ version: 'v2', percent: less }])).toEqual(before);
        expect(before.some((side, index) => side === 'v2' && after[index] !== 'v2')).toBe(false);
        expect(Math.abs(shareOf(after, 'v2') - more / 100)).toBeLessThan(0.03);
      }),
      { numRuns: 15 },
    );
  });

  test('with two named sides, each grows at the cost of the rest alone', () => {
    const list = [...v1, ...v2, ...v3];
    const before = sidesOf(list, [
      { version: 'v2', percent: 10 },
      { version: 'v3', percent: 20 },
    ]);
    const after = sidesOf(list, [
      { version: 'v2', percent: 30 },
      { version: 'v3', percent: 25 },
    ]);
    before.forEach((side, index) => {
      if (side !== after[index]) expect(side).toBe('v1');
    });
    expect(Math.abs(shareOf(after, 'v3') - 0.25)).toBeLessThan(0.03);
  });

  test('a side without a usable instance passes its calls on', () => {
    const out = [candidate('x', { version: 'v2' })];
    out[0]!.standing = 'unreachable';
    const splits = [
      { version: 'v2', percent: 50 },
      { version: 'v3', percent: 25 },
    ];
    const sides = sidesOf([...v1, ...out, ...v3], splits);
    expect(shareOf(sides, 'v2')).toBe(0);
    expect(shareOf(sides, 'v3')).toBeCloseTo(0.5, 1);
    const balancer = balancerOf([...v1, ...v2], { splits });
    for (let i = 0; i < 50; i++) {
      expect(balancer.pick(keys(i), skipping(...v2))!.version).toBe('v1');
      expect(balancer.pick(keys(i), skipping(...v1))!.version).toBe('v2');
    }
    expect(balancer.pick(KEYLESS, skipping(...v1, ...v2))).toBeNull();
  });

  test('a version without a share gets nothing, not even what failed elsewhere, unless it is all there is', () => {
    const none = [{ version: 'v2', percent: 0 }];
    expect(shareOf(sidesOf([...v1, ...v2], none), 'v2')).toBe(0);
    expect(balancerOf([...v1, ...v2], { splits: none }).pick(KEYLESS, skipping(...v1))).toBeNull();
    expect(shareOf(sidesOf(v2, none), 'v2')).toBe(1);
    const all = [{ version: 'v2', percent: 100 }];
    expect(shareOf(sidesOf([...v1, ...v2], all), 'v2')).toBe(1);
    expect(
      shareOf(
        sidesOf(
          [...v2, ...v3],
          [
            { version: 'v2', percent: 100 },
            { version: 'v3', percent: 50 },
          ],
        ),
        'v3',
      ),
    ).toBe(0);
  });

  test('a side with hardly any share is found when it is the only one left', () => {
    const splits = [{ version: 'v2', percent: 99 }];
    const list = [...v1, candidate('x', { version: 'v2' })];
    list[3]!.standing = 'unreachable';
    const balancer = balancerOf(list, { splits });
    for (let i = 0; i < 100; i++) expect(balancer.pick({ hash: NO_KEY, sticky: i }, NOBODY)!.version).toBe('v1');
  });
});
