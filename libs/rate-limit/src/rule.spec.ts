import { expect, test } from '@jest/globals';
import { compileRule, type LimitRule } from './index';

const rule: LimitRule = { name: 'per-user', requests: 300, windowMs: 60_000, burst: 50, onStoreDown: 'local' };

test('a rule is prepared: header items, buckets, identity', () => {
  expect(compileRule('GET /projects', rule)).toEqual({
    ...rule,
    shadow: false,
    id: expect.stringMatching(/^[\w-]{16}$/),
    quotedName: '"per-user"',
    policyItem: '"per-user";q=300;w=60',
    window: { limit: 300, lengthMs: 60_000, bucketMs: 1000 },
    burstWindow: { limit: 50, lengthMs: 1000, bucketMs: 50 },
  });
});

test('names are quoted as structured strings', () => {
  expect(compileRule('', { ...rule, name: 'a "b" \\c' }).quotedName).toBe('"a \\"b\\" \\\\c"');
});

test('a burst that the rule allows anyway is none', () => {
  for (const burst of [0, 300, 301]) expect(compileRule('', { ...rule, burst }).burstWindow).toBeNull();
});

test('any window is divided into at most 60 buckets of whole milliseconds', () => {
  for (const windowMs of [1000, 1001, 1234, 59_999, 60_000, 86_400_000]) {
    const { bucketMs } = compileRule('', { ...rule, windowMs }).window;
    expect(Number.isInteger(bucketMs)).toBe(true);
    expect(Math.ceil(windowMs / bucketMs)).toBeLessThanOrEqual(60);
  }
});

test('scope, name, window and having a burst make the identity; numbers and behaviour do not', () => {
  const id = (scope: string, change: Partial<LimitRule> = {}) => compileRule(scope, { ...rule, ...change }).id;
  const others = [id('b'), id('a', { name: 'x' }), id('a', { windowMs: 1000 }), id('a', { burst: 0 }), id('a')];
  expect(new Set(others).size).toBe(5);
  expect(id('a', { requests: 500, burst: 60, onStoreDown: 'deny', shadow: true })).toBe(id('a'));
});

test.each<[Partial<LimitRule>, string]>([
  [{ name: '' }, 'name'],
  [{ name: 'ü' }, 'name'],
  [{ name: 'x'.repeat(65) }, 'name'],
  [{ requests: 0 }, 'requests'],
  [{ requests: 1.5 }, 'requests'],
  [{ requests: NaN }, 'requests'],
  [{ windowMs: 999 }, 'window'],
  [{ windowMs: 86_400_001 }, 'window'],
  [{ burst: -1 }, 'burst'],
])('%j is refused', (change, what) => {
  expect(() => compileRule('', { ...rule, ...change })).toThrow(RangeError);
  expect(() => compileRule('', { ...rule, ...change })).toThrow(what);
});
