import { readFileSync } from 'node:fs';
import { problemLine } from '../problem';
import { readRoutes } from '../route-manager';
import type { AuthAbilities } from '../source';
import { RouteFileError } from './parse';
import { SchemaLibrary, UNFETCHED } from './schema-library';

/** What is wrong with a route file, a line per problem. Empty: it can be used, once what it names at URLs is fetched. */
export function fileProblems(path: string, auth: AuthAbilities): string[] {
  try {
    readRoutes(readFileSync(path, 'utf8'), auth, new SchemaLibrary(path, UNFETCHED));
    return [];
  } catch (error) {
    return error instanceof RouteFileError ? error.problems.map(problemLine) : [(error as Error).message];
  }
}
