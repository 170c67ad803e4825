import { expect, test } from '@jest/globals';
import { answer, contextOf, httpRoute, run } from '../../pipeline.fixture';
import { tellVersion } from './tell-version';

const V2 = 'application/vnd.acme.v2+json';
const stage = tellVersion(httpRoute(), { pathVersionOf: () => 'v2' });

const told = async (negotiated: { version: string; mediaType: string | null } | null, headers: string[]) =>
  (await run(stage, contextOf({}, { negotiated }), () => answer({ headers }))).headers;

test('a route without a version in its path is not touched', () => {
  expect(tellVersion(httpRoute(), { pathVersionOf: () => null })).toBeNull();
});

test('nor is an answer whose version the path named', async () => {
  expect(await told(null, ['content-type', 'application/json'])).toEqual(['content-type', 'application/json']);
});

test('a negotiated answer says which version it is and what it varies by', async () => {
  expect(
    await told({ version: 'v2', mediaType: null }, ['content-type', 'application/json', 'vary', 'origin']),
  ).toEqual(['content-type', 'application/json', 'vary', 'origin, Accept, X-API-Version', 'x-api-version', 'v2']);
});

test.each([
  ['application/json', V2],
  ['Application/JSON; charset=utf-8', `${V2}; charset=utf-8`],
  ['application/problem+json', 'application/problem+json'],
  ['application/jsonish', 'application/jsonish'],
])('who asked by the media type gets %s as %s', async (type, expected) => {
  expect((await told({ version: 'v2', mediaType: V2 }, ['content-type', type])).slice(0, 2)).toEqual([
    'content-type',
    expected,
  ]);
});

test('an answer without a type gets none', async () => {
  expect(await told({ version: 'v2', mediaType: V2 }, [])).not.toContain('content-type');
});
