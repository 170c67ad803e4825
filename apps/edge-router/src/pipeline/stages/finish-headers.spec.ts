import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { getHeader } from '@gateway/pipeline';
import { compileRule, memoryLimiter } from '@gateway/rate-limit';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, httpRoute, run } from '../../pipeline.fixture';
import { finishHeaders } from './finish-headers';

const ports = { legacyRateLimitHeaders: true };

test('adds security headers, by the scheme and by the policy', async () => {
  const route = httpRoute({ policy: { securityHeaders: { headers: { 'X-Frame-Options': '', 'X-Extra': 'yes' } } } });
  const stage = finishHeaders(route, ports);
  const { headers } = await run(stage, contextOf());
  expect(getHeader(headers, 'x-content-type-options')).toBe('nosniff');
  expect(getHeader(headers, 'strict-transport-security')).toBeDefined();
  expect(getHeader(headers, 'cache-control')).toBe('no-store');
  expect(getHeader(headers, 'x-frame-options')).toBeUndefined();
  expect(getHeader(headers, 'x-extra')).toBe('yes');
  const plain = await run(stage, contextOf({ scheme: 'http' }));
  expect(getHeader(plain.headers, 'strict-transport-security')).toBeUndefined();
});

test('what anyone may have, anyone may store', async () => {
  const stage = finishHeaders(httpRoute({ policy: { auth: { mode: 'NONE' } } }), ports);
  expect(getHeader((await run(stage, contextOf())).headers, 'cache-control')).toBeUndefined();
});

test.each([true, false])('tells the limits (x-ratelimit-*: %s) and what the cache did', async (legacy) => {
  const rule = compileRule('test', { name: 'few', requests: 2, windowMs: 60_000, burst: 0, onStoreDown: 'local' });
  const check = { rule, key: 'k', cost: 1 };
  const { decisions } = await memoryLimiter({ clock: fakeClock() }).takeAll([check]);
  const known = { cacheStatus: 'gateway; hit', age: '3', limitChecks: [check], limitDecisions: [...decisions] };
  const stage = finishHeaders(httpRoute(), { legacyRateLimitHeaders: legacy });
  const { headers } = await run(stage, contextOf({}, known), () => answer({ headers: ['ratelimit', 'theirs'] }));
  expect(getHeader(headers, 'ratelimit')).toMatch(/^"few";r=1;t=\d+$/);
  expect(getHeader(headers, 'ratelimit-policy')).toBe('"few";q=2;w=60');
  expect(getHeader(headers, 'x-ratelimit-remaining')).toBe(legacy ? '1' : undefined);
  expect([getHeader(headers, 'cache-status'), getHeader(headers, 'age')]).toEqual(['gateway; hit', '3']);
});

test('a HEAD has the length of its GET and no body', async () => {
  const stage = finishHeaders(httpRoute(), ports);
  const whole = await run(stage, contextOf({ method: 'HEAD' }), () => answer({ body: Buffer.from('four') }));
  expect([whole.body, getHeader(whole.headers, 'content-length')]).toEqual([null, '4']);
  const none = await run(stage, contextOf({ method: 'HEAD' }), () => answer());
  expect(getHeader(none.headers, 'content-length')).toBeUndefined();
  const body = Readable.from([]);
  expect((await run(stage, contextOf({ method: 'GET' }), () => answer({ body }))).body).toBe(body);
});
