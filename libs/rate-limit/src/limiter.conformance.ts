import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileRule, type CompiledRule, type LimitRule, type Limiter } from './index';

/** A limiter under a clock that a test moves. */
export interface LimiterUnderTest {
  readonly limiter: Limiter;
  /** Moves the limiter's clock on by whole milliseconds. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** A rule with what a test doesn't care about filled in. */
export const aRule = (rule: Partial<LimitRule> = {}): CompiledRule =>
  compileRule('spec', { name: 'per-user', requests: 10, windowMs: 60_000, burst: 0, onStoreDown: 'local', ...rule });

/** Something that was let through. */
interface Taken {
  readonly at: number;
  readonly cost: number;
}

/** What was taken after `from`, up to now: the brute-force truth. */
const takenAfter = (taken: readonly Taken[], from: number): number =>
  taken.filter(({ at }) => at > from).reduce((sum, { cost }) => sum + cost, 0);

/** What every limiter does. `runs` is the number of random histories per property. */
export function limiterConformance(name: string, open: () => Promise<LimiterUnderTest>, runs: number): void {
  describe(`${name}, as every limiter,`, () => {
    let subject: LimiterUnderTest;
    let key: string;
    let keys = 0;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());
    beforeEach(() => {
      key = `key-${keys++}`;
    });
    const take = async (rule: CompiledRule, cost = 1, who = key) => subject.limiter.take(who, rule, cost);

    test('lets through as many calls as the rule says, and says what is left', async () => {
      const rule = aRule({ requests: 3 });
      const decisions = [await take(rule), await take(rule), await take(rule), await take(rule)];
      expect(decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
      ]);
      expect(decisions.every(({ limit }) => limit === 3)).toBe(true);
    });

    test('says when to come back, and keeps its word', async () => {
      const rule = aRule({ requests: 1 });
      expect(await take(rule)).toMatchObject({ allowed: true, retryAfterSeconds: 0 });
      await subject.advance(20_000);
      const { allowed, retryAfterSeconds, resetSeconds } = await take(rule);
      expect(allowed).toBe(false);
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(40);
      expect(retryAfterSeconds).toBeLessThanOrEqual(41);
      expect(resetSeconds).toBe(retryAfterSeconds);
      await subject.advance(retryAfterSeconds * 1000);
      expect((await take(rule)).allowed).toBe(true);
    });

    test('says when all is free again', async () => {
      const rule = aRule({ requests: 10 });
      expect((await take(rule, 0)).resetSeconds).toBe(0);
      await take(rule);
      await subject.advance(30_000);
      expect((await take(rule)).resetSeconds).toBeGreaterThanOrEqual(60);
      await subject.advance(61_000);
      expect(await take(rule, 0)).toMatchObject({ remaining: 10, resetSeconds: 0 });
    });

    test('counts keys apart, and rules of the same name in other scopes', async () => {
      const rule = aRule({ requests: 1 });
      const elsewhere = compileRule('other', rule);
      expect((await take(rule, 1, `${key} a`)).allowed).toBe(true);
      expect((await take(rule, 1, `${key} b`)).allowed).toBe(true);
      expect((await take(elsewhere, 1, `${key} a`)).allowed).toBe(true);
      expect((await take(rule, 1, `${key} a`)).allowed).toBe(false);
    });

    test.each([['a}b{c:d'], ['\u0000\n'], ['x'.repeat(5000)], ['#']])('takes any text as a key: %j', async (text) => {
      const rule = aRule({ requests: 1 });
      expect((await take(rule, 1, key + text)).allowed).toBe(true);
      expect((await take(rule, 1, key + text)).allowed).toBe(false);
      expect((await take(rule, 1, `${key}${text}.`)).allowed).toBe(true);
    });

    test('charges what a call costs; a cost of 0 only looks; a cost above the rule never fits', async () => {
      const rule = aRule({ requests: 10, windowMs: 5000 });
      expect(await take(rule, 7)).toMatchObject({ allowed: true, remaining: 3 });
      expect(await take(rule, 4)).toMatchObject({ allowed: false, remaining: 3 });
      expect(await take(rule, 0)).toMatchObject({ allowed: true, remaining: 3 });
      expect(await take(rule, 3)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await take(rule, 0)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await take(rule, 11, `${key} fresh`)).toMatchObject({ allowed: false, retryAfterSeconds: 5 });
    });

    test('keeps to the burst within a second, and to the rule beyond it', async () => {
      const rule = aRule({ requests: 5, burst: 2 });
      const round = async () => [(await take(rule)).allowed, (await take(rule)).allowed, (await take(rule)).allowed];
      expect(await round()).toEqual([true, true, false]);
      expect(await take(rule)).toMatchObject({ remaining: 3, retryAfterSeconds: expect.any(Number) as never });
      await subject.advance(1050);
      expect(await round()).toEqual([true, true, false]);
      await subject.advance(1050);
      expect(await round()).toEqual([true, false, false]);
      expect((await take(rule, 3, `${key} fresh`)).allowed).toBe(false);
    });

    test('refuses without charging: a client that goes on trying gets its turn', async () => {
      const rule = aRule({ requests: 1, windowMs: 1000 });
      await take(rule);
      for (let i = 0; i < 10; i++) {
        expect((await take(rule)).allowed).toBe(false);
        await subject.advance(100);
      }
      await subject.advance(17);
      expect((await take(rule)).allowed).toBe(true);
    });

    test('checks several rules at once, and charges all or none', async () => {
      const wide = aRule({ name: 'wide', requests: 10 });
      const narrow = aRule({ name: 'narrow', requests: 1 });
      const checks = [
        { rule: wide, key, cost: 2 },
        { rule: narrow, key, cost: 1 },
      ];
      const first = await subject.limiter.takeAll(checks);
      expect(first.allowed).toBe(true);
      expect(first.decisions.map(({ remaining }) => remaining)).toEqual([8, 0]);
      const second = await subject.limiter.takeAll(checks);
      expect(second.allowed).toBe(false);
      expect(second.decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 8],
        [false, 0],
      ]);
      expect(await subject.limiter.takeAll([])).toEqual({ allowed: true, decisions: [] });
    });

    test('a shadow rule counts and reports, and refuses nothing', async () => {
      const shadow = aRule({ name: 'shadow', requests: 1, shadow: true });
      const real = aRule({ name: 'real', requests: 2 });
      const checks = [shadow, real].map((rule) => ({ rule, key, cost: 1 }));
      const outcomes = [];
      for (let i = 0; i < 3; i++) outcomes.push(await subject.limiter.takeAll(checks));
      expect(outcomes.map(({ allowed, decisions }) => [allowed, ...decisions.map((each) => each.allowed)])).toEqual([
        [true, true, true],
        [true, false, true],
        [false, false, false],
      ]);
    });

    test('goes on counting when the number of requests is changed', async () => {
      const before = aRule({ requests: 10 });
      const after = aRule({ requests: 4 });
      await take(before, 3);
      expect(await take(after)).toMatchObject({ allowed: true, remaining: 0 });
      expect((await take(after)).allowed).toBe(false);
      expect((await take(before)).allowed).toBe(true);
      expect(await take(after)).toMatchObject({ allowed: false, remaining: 0 });
    });

    // The two claims, over random histories: no window is ever above the rule, and nothing is refused that would have
    // fitted into a window that is one bucket longer.
    const history = fc.record({
      rule: fc.record({
        requests: fc.integer({ min: 1, max: 40 }),
        windowMs: fc.constantFrom(1000, 1234, 10_000, 60_000),
        burst: fc.constantFrom(0, 1, 3, 10),
      }),
      calls: fc.array(
        fc.record({
          pause: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20_000 })),
          cost: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 8 })),
        }),
        { minLength: 1, maxLength: 80 },
      ),
    });

    test('never lets more through than the rule in any window, and refuses only what a bucket more explains', async () => {
      const run = fc.asyncProperty(history, async ({ rule: numbers, calls }) => {
        const rule = aRule(numbers);
        const who = `${key} ${keys++}`;
        const taken: Taken[] = [];
        let now = 0;
        for (const { pause, cost } of calls) {
          await subject.advance(pause);
          now += pause;
          const { allowed } = await take(rule, cost, who);
          if (allowed) taken.push({ at: now, cost });
          for (const window of [rule.window, rule.burstWindow]) {
            if (window !== null) expect(takenAfter(taken, now - window.lengthMs)).toBeLessThanOrEqual(window.limit);
          }
          if (allowed) continue;
          const explained = [rule.window, rule.burstWindow].some(
            (window) =>
              window !== null && takenAfter(taken, now - window.lengthMs - window.bucketMs) + cost > window.limit,
          );
          expect(explained).toBe(true);
        }
      });
      await fc.assert(run, { numRuns: runs });
    });
  });
}
