import type { JsonObject } from '@bufbuild/protobuf';
import { expect, test } from '@jest/globals';
import { fakeClock } from '@gateway/testing';
import { answer, contextOf, httpRoute, principal, run } from '../../pipeline.fixture';
import { tellDeprecation, type TellDeprecationPorts } from './tell-deprecation';

const AT = Date.UTC(2026, 0, 1);
const clock = fakeClock({ now: AT });
const seen: [string, number][] = [];
const ports: TellDeprecationPorts = {
  clock,
  callersOf: () => (caller, now) => seen.push([caller, now]),
  pathInVersion: (_route, version) => (path) => path.replace('v1', version),
};

const stageOf = (deprecation: JsonObject, given: Partial<TellDeprecationPorts> = {}) =>
  tellDeprecation(httpRoute({ policy: { deprecation } }), { ...ports, ...given });

const told = async (deprecation: JsonObject, headers: string[] = [], given: Partial<TellDeprecationPorts> = {}) =>
  (await run(stageOf(deprecation, given), contextOf({}, { path: '/api/v1/a/1' }), () => answer({ headers }))).headers;

test('a route that does not end has no such stage', () => {
  expect(tellDeprecation(httpRoute(), ports)).toBeNull();
});

test('every answer tells, in the place of what the upstream says', async () => {
  const deprecation = {
    deprecatedAt: '2026-01-01T00:00:00Z',
    sunsetAt: '2026-02-01T00:00:00Z',
    link: 'https://example.com/a>b',
    successor: '/api/v2/b',
  };
  expect(await told(deprecation, ['sunset', 'never', 'link', '</x>; rel="next"'])).toEqual([
    'sunset',
    'Sun, 01 Feb 2026 00:00:00 GMT',
    'link',
    '</x>; rel="next"',
    'deprecation',
    '@1767225600',
    'link',
    '<https://example.com/a%3Eb>; rel="deprecation", <https://example.com/a%3Eb>; rel="sunset", </api/v2/b>; rel="successor-version"',
  ]);
});

test.each([
  ['v2', ['link', '</api/v2/a/1>; rel="successor-version"']],
  ['https://example.com/new', ['link', '<https://example.com/new>; rel="successor-version"']],
  ['', []],
])('a successor "%s" is told as %j', async (successor, expected) => {
  expect(await told({ successor })).toEqual(expected);
});

test('a version succeeds only where paths have one', async () => {
  expect(await told({ successor: 'v2' }, [], { pathInVersion: () => null })).toEqual([]);
});

test('callers count from the day on', async () => {
  seen.length = 0;
  const stage = stageOf({ deprecatedAt: '2026-01-01T00:00:01Z' });
  await run(stage, contextOf());
  clock.advance(1_000);
  await run(stage, contextOf());
  await run(stage, contextOf({}, { principal: principal() }));
  await run(stageOf({ sunsetAt: '2027-01-01T00:00:00Z' }), contextOf());
  expect(seen).toEqual([
    ['anonymous', AT + 1_000],
    ['ada', AT + 1_000],
    ['anonymous', AT + 1_000],
  ]);
});
