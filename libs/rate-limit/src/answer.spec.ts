import { expect, test } from '@jest/globals';
import { limitError, rateLimitHeaders, type Decision, type LimitCheck } from './index';
import { aRule } from './limiter.conformance';

const check = (name: string, more: Parameters<typeof aRule>[0] = {}): LimitCheck => ({
  rule: aRule({ name, ...more }),
  key: 'k',
  cost: 1,
});
const decision = (more: Partial<Decision> = {}): Decision => ({
  allowed: true,
  limit: 300,
  remaining: 42,
  resetSeconds: 17,
  retryAfterSeconds: 0,
  store: 'shared',
  ...more,
});
const refusal = (more: Partial<Decision> = {}) =>
  decision({ allowed: false, remaining: 0, retryAfterSeconds: 9, ...more });

test('headers have the form of the draft, and the legacy ones beside when wanted', () => {
  const checks = [check('per-user', { requests: 300 })];
  const standard = ['ratelimit-policy', '"per-user";q=300;w=60', 'ratelimit', '"per-user";r=42;t=17'];
  expect(rateLimitHeaders(checks, { decisions: [decision()] }, { legacy: false })).toEqual(standard);
  expect(rateLimitHeaders(checks, { decisions: [decision()] }, { legacy: true })).toEqual([
    ...standard,
    ...['x-ratelimit-limit', '300', 'x-ratelimit-remaining', '42', 'x-ratelimit-reset', '17'],
  ]);
});

test('several limits are items of one field; the legacy fields tell the nearest to its end', () => {
  const checks = [check('a', { requests: 100 }), check('b', { requests: 10 }), check('c', { requests: 1000 })];
  const decisions = [
    decision({ limit: 100, remaining: 50 }),
    decision({ limit: 10, remaining: 1, resetSeconds: 3 }),
    decision({ limit: 1000, remaining: 500 }),
  ];
  expect(rateLimitHeaders(checks, { decisions }, { legacy: true })).toEqual([
    ...['ratelimit-policy', '"a";q=100;w=60, "b";q=10;w=60, "c";q=1000;w=60'],
    ...['ratelimit', '"a";r=50;t=17, "b";r=1;t=3, "c";r=500;t=17'],
    ...['x-ratelimit-limit', '10', 'x-ratelimit-remaining', '1', 'x-ratelimit-reset', '3'],
  ]);
});

test('shadow rules and limits that nobody counted are not told', () => {
  const checks = [check('shadow', { shadow: true }), check('open', { onStoreDown: 'allow' })];
  expect(rateLimitHeaders(checks, { decisions: [decision(), decision({ store: 'none' })] }, { legacy: true })).toEqual(
    [],
  );
  expect(rateLimitHeaders([], { decisions: [] }, { legacy: true })).toEqual([]);
});

test('the error names the rules that refused and the longest wait', () => {
  const checks = [check('a'), check('b'), check('c'), check('shadow', { shadow: true })];
  const decisions = [
    refusal({ retryAfterSeconds: 3 }),
    decision(),
    refusal({ retryAfterSeconds: 8 }),
    refusal({ retryAfterSeconds: 90 }),
  ];
  const error = limitError(checks, { allowed: false, decisions });
  expect(error.code).toBe('GW_RATE_LIMITED');
  expect(error.context).toEqual({ retryAfter: 8, violatedPolicies: ['a', 'c'] });
});

test('a rule that must be checked and could not be is another error', () => {
  const checks = [check('a'), check('b', { onStoreDown: 'deny' })];
  const decisions = [refusal(), refusal({ store: 'none', retryAfterSeconds: 1 })];
  const error = limitError(checks, { allowed: false, decisions });
  expect(error.code).toBe('GW_LIMIT_UNAVAILABLE');
  expect(error.definition.status).toBe(503);
});
