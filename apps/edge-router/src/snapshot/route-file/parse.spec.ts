import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { fileProblems } from './file-problems';
import { parseRouteFile, RouteFileError } from './parse';
import { fileRoutes } from './routes';
import { SchemaLibrary, UNFETCHED } from './schema-library';

const AUTH = { credentials: true, permissions: true };
const LIBRARY = new SchemaLibrary(import.meta.filename, UNFETCHED);

/** Runs, and lets through nothing but a refusal with places. */
function survives(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(RouteFileError);
    expect((error as RouteFileError).problems.length).toBeGreaterThan(0);
  }
}

describe('a route file', () => {
  test('is read or refused, whatever the bytes', () => {
    const soup = fc.array(
      fc.constantFrom('routes:', '- ', 'id', ': ', '{', '}', '[', '*a', '&a', '\n', '  ', '"', '!!js', '%', '---'),
    );
    const text = fc.oneof(
      soup.map((parts) => parts.join('')),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (each) => survives(() => parseRouteFile(each))),
      { numRuns: 2_000 },
    );
  });

  test('is compiled or refused, whatever its values', () => {
    const path = fc.constantFrom('/a', '/{x}', '/{x=**}', '/**/a', 'a', '/a:b', '/health');
    const route = fc.record(
      {
        id: fc.oneof(fc.constantFrom('a', 'b'), fc.string()),
        match: fc.record({ path, methods: fc.constantFrom(['GET'], [], ['get'], 5) }, { requiredKeys: ['path'] }),
        upstream: fc.constantFrom({ urls: ['http://a:1'] }, { service: 'x' }, { urls: ['ftp://a'] }, {}),
        rewrite: fc.record({ path: fc.constantFrom('/{x}', '/{', '{x}', '/ ') }),
        validation: fc.record(
          {
            body: fc.oneof(
              fc.jsonValue(),
              fc.constantFrom({ type: 'object' }, { file: 'nowhere' }, { url: 'https://a' }),
            ),
            query: fc.constantFrom({ type: 'object' }, { type: 'string' }, 7),
          },
          { requiredKeys: [] },
        ),
        openapi: fc.record(
          {
            summary: fc.string(),
            parameters: fc.array(fc.record({ name: fc.constantFrom('x', ''), in: fc.constantFrom('path', 'query') })),
            schemas: fc.dictionary(fc.constantFrom('A', 'Problem', 'a.b'), fc.jsonValue()),
            responses: fc.dictionary(fc.constantFrom('200', 'x'), fc.jsonValue()),
          },
          { requiredKeys: [] },
        ),
        policy: fc.oneof(
          fc.dictionary(fc.constantFrom('auth', 'rateLimits', 'cache', 'timeout', 'x'), fc.jsonValue()),
          fc.constant({ auth: { mode: 'NONE' } }),
        ),
      },
      { requiredKeys: ['id', 'match', 'upstream'] },
    );
    fc.assert(
      fc.property(fc.array(route, { maxLength: 3 }), (routes) =>
        survives(() => fileRoutes(stringify({ routes }), AUTH, LIBRARY)),
      ),
      { numRuns: 500 },
    );
  });

  test('that cannot be read says so', () => {
    expect(fileProblems('/nowhere/routes.yaml', AUTH)).toEqual([expect.stringContaining('ENOENT')]);
    expect(fileProblems(import.meta.filename, AUTH).length).toBeGreaterThan(0);
  });
});
