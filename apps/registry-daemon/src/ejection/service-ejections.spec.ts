import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GENERATION, opinionsOf } from './ejection.fixture';
import { type Candidate, EJECTION_MS, maxEjected, ServiceEjections } from './service-ejections';

const S = 1_000;

let ejections: ServiceEjections;
let now: number;
beforeEach(() => {
  ejections = new ServiceEjections();
  now = 0;
});

const candidate = (id: string, change: Partial<Candidate> = {}): Candidate => ({
  ...{ id, generation: GENERATION, healthy: true, ejectedUntil: null },
  ...change,
});
const candidates = (ids: string, change: Partial<Candidate> = {}): Candidate[] =>
  [...ids].map((id) => candidate(id, change));
/** Time passes, then it is judged; `begun` and `ended` as text. */
function judge(afterMs: number, who: string | Candidate[], ...lines: string[]): string {
  now += afterMs;
  const all = typeof who === 'string' ? candidates(who) : who;
  const { begun, ended } = ejections.judge(all, opinionsOf(...lines), now);
  return [...ended.map(({ id }) => `-${id}`), ...begun.map(({ id }) => `+${id}`)].join(' ');
}
const TWENTY = 'abcdefghijklmnopqrst';

describe('an ejection', () => {
  test('begins when enough agree, and lasts 30 s', () => {
    expect(judge(0, 'abc', '-++')).toBe('');
    expect(judge(1 * S, 'abc', '-++', 'x++', '+++')).toBe('+a');
    expect(ejections.out.get('a')).toEqual({
      ...{ id: 'a', generation: GENERATION, why: 'refused', agreed: 2, reporters: 3 },
      ...{ since: 1 * S, until: 31 * S },
    });
    expect(judge(29 * S, 'abc')).toBe('');
    expect(judge(1 * S, 'abc')).toBe('-a');
    expect(ejections.out.size).toBe(0);
  });

  test('grows with each repetition, up to five minutes', () => {
    const lengths: number[] = [];
    for (let n = 0; n < 12; n++) {
      judge(0, 'abc', '-++', '-++');
      const { since, until } = ejections.out.get('a')!;
      lengths.push((until - since) / S);
      judge(until - since, 'abc');
    }
    expect(lengths).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
  });

  test('is forgiven after five minutes of being well', () => {
    judge(0, 'abc', '-++', '-++');
    judge(30 * S, 'abc');
    judge(EJECTION_MS.forgiven, 'abc');
    judge(0, 'abc', '-++', '-++');
    expect(ejections.out.get('a')).toMatchObject({ since: now, until: now + 30 * S });
  });

  test('ends early when enough say that it answers, but not at once', () => {
    judge(0, 'abc', '-++', '-++');
    expect(judge(9 * S, 'abc', '+++', '+++')).toBe('');
    expect(judge(1 * S, 'abc', '+++')).toBe('');
    expect(judge(0, 'abc', '+++', '+++')).toBe('-a');
  });

  test('isn’t repeated by opinions from before', () => {
    judge(0, 'abc', '-++', '-++');
    expect(judge(30 * S, 'abc', '~++', '~++')).toBe('-a');
    expect(judge(29 * S, 'abc', '~++', '~++')).toBe('');
    expect(judge(0, 'abc', '-++', '-++')).toBe('+a');
  });

  test('of one life says nothing of the next, nor of one that went', () => {
    judge(0, 'abc', '-++', '-++');
    const next = [candidate('a', { generation: { epoch: 'e', n: 2n } }), ...candidates('bc')];
    expect(judge(0, next, '-++', '-++')).toBe('');
    expect(ejections.out.size).toBe(0);
    judge(0, 'abc', '-++', '-++');
    expect(judge(0, 'bc')).toBe('');
    expect(ejections.out.size).toBe(0);
  });

  test('that another daemon began goes on, for five minutes at most', () => {
    const noted = (ejectedUntil: number) => [candidate('a', { ejectedUntil }), ...candidates('bc')];
    expect(judge(0, noted(20 * S))).toBe('');
    expect([...ejections.out.keys()]).toEqual(['a']);
    expect(judge(20 * S, noted(20 * S))).toBe('-a');
    // Its end wasn't noted yet.
    expect(judge(0, noted(20 * S))).toBe('');
    expect(ejections.out.size).toBe(0);
    ejections = new ServiceEjections();
    judge(0, noted(now + 3_600 * S));
    expect(ejections.out.get('a')!.until).toBe(now + EJECTION_MS.max);
  });
});

describe('the cap', () => {
  test.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [19, 1],
    [20, 2],
    [100, 10],
  ])('of %i instances is %i', (instances, most) => expect(maxEjected(instances)).toBe(most));

  test('lets those go first on whom most agree', () => {
    const lines = ['++++++--', '+++++--+', '+++++--+', '+++++--+', '+++++ -+'];
    expect(judge(0, TWENTY, ...lines)).toBe('+g +f');
    ejections = new ServiceEjections();
    expect(judge(0, 'abcdefgh', ...lines)).toBe('+g');
    ejections = new ServiceEjections();
    expect(judge(0, 'abcdefgh', '+++++- +', '+++++--+', '++++++-+', '+++++--+')).toBe('+g');
    ejections = new ServiceEjections();
    expect(judge(0, 'abcdefgh', '+++++- +', '+++++--+', '+++++ -+', '+++++--+', '+++++ -+')).toBe('+g');
  });

  test('never takes the only one, nor the last usable one', () => {
    expect(judge(0, 'a', '-', '-')).toBe('');
    const others = candidates('bc', { healthy: false });
    expect(judge(0, [candidate('a'), ...others], '-', '-')).toBe('');
  });

  test('isn’t spent on what the registry’s own checks have taken out', () => {
    const all = [candidate('a', { healthy: false }), ...candidates('bcd')];
    expect(judge(0, all, '-+++', '-+++')).toBe('');
  });

  test('brings those back who were out longest when it shrinks', () => {
    judge(0, TWENTY, '-+++', '-+++');
    expect(judge(1 * S, TWENTY, '+-++', '+-++')).toBe('+b');
    expect(judge(1 * S, 'abcdef')).toBe('-a');
  });

  test('brings one back when the others fail', () => {
    judge(0, 'abc', '-++', '-++');
    expect(judge(1 * S, [candidate('a'), ...candidates('bc', { healthy: false })])).toBe('-a');
    judge(60 * S, 'abc', '-++', '-++');
    // It fails itself: there is nobody to bring back.
    expect(judge(1 * S, candidates('abc', { healthy: false }))).toBe('');
  });
});

test('in any world and at any time the cap holds, and one that can be used is left', () => {
  const ids = [...TWENTY];
  const round = fc.record({
    afterMs: fc.integer({ min: 0, max: 60 * S }),
    present: fc.subarray(ids),
    sick: fc.subarray(ids),
    noted: fc.subarray(ids, { maxLength: 5 }),
    lines: fc.array(fc.string({ unit: fc.constantFrom('+', '-', 'x', '~', ' '), maxLength: 20 }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 30 }), (rounds) => {
      ejections = new ServiceEjections();
      now = 0;
      for (const { afterMs, present, sick, noted, lines } of rounds) {
        const all = present.map((id) =>
          candidate(id, { healthy: !sick.includes(id), ejectedUntil: noted.includes(id) ? now + 90 * S : null }),
        );
        judge(afterMs, all, ...lines);
        expect(ejections.out.size).toBeLessThanOrEqual(maxEjected(present.length));
        const healthy = all.filter(({ healthy: isHealthy }) => isHealthy);
        if (healthy.length > 0) expect(healthy.some(({ id }) => !ejections.out.has(id))).toBe(true);
        for (const { since, until } of ejections.out.values())
          expect(until - since).toBeLessThanOrEqual(EJECTION_MS.max);
      }
    }),
    { numRuns: 300 },
  );
});
