import type { JsonObject } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { contextOf, httpRoute, refusal, run } from '../../pipeline.fixture';
import { retire } from './retire';

const AT = Date.UTC(2026, 0, 1);
const DEPRECATED = { deprecatedAt: '2026-01-01T00:00:00Z' };
const BROWNOUT = { start: '2026-01-02T00:00:00Z', duration: '3600s' };
const WEEKLY = { ...BROWNOUT, every: '604800s' };
const DAY = 86_400_000;

function at(ms: number, deprecation: JsonObject | null) {
  const policy: JsonObject = deprecation === null ? {} : { deprecation };
  return retire(httpRoute({ policy }), { clock: fakeClock({ now: AT + ms }) });
}

test('a route without an end or a brownout has no such stage', () => {
  expect([at(0, null), at(0, DEPRECATED)]).toEqual([null, null]);
});

test('a route serves until its sunset and is gone from then on', async () => {
  const deprecation = { ...DEPRECATED, sunsetAt: '2026-01-03T00:00:00Z' };
  expect((await run(at(2 * DAY - 1, deprecation), contextOf())).status).toBe(200);
  expect(await refusal(at(2 * DAY, deprecation), contextOf())).toMatchObject({
    code: 'GW_GONE',
    context: { detail: 'The route ended on 2026-01-03' },
  });
});

test.each([
  [BROWNOUT, DAY + 1_500],
  [WEEKLY, 8 * DAY + 1_500],
])('a brownout %j says until when', async (brownout, ms) => {
  const deprecation = { ...DEPRECATED, brownouts: [brownout] };
  const { code, context } = await refusal(at(ms, deprecation), contextOf());
  expect(code).toBe('GW_GONE');
  expect(context.detail).toMatch(/^A planned interruption until 2026-01-0[29]T01:00:00.000Z: the route is deprecated$/);
  expect(context.retryAfter).toBe(3_599);
  expect((await run(at(DAY - 1, deprecation), contextOf())).status).toBe(200);
});

test('a brownout says when the end comes for good', async () => {
  const deprecation = { ...DEPRECATED, sunsetAt: '2026-02-01T00:00:00Z', brownouts: [BROWNOUT] };
  const { context } = await refusal(at(DAY, deprecation), contextOf());
  expect(context.detail).toContain('it ends for good on 2026-02-01');
});
