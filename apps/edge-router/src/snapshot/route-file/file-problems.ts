import { readFileSync } from 'node:fs';
import { problemLine } from '../problem';
import { readRoutes } from '../route-manager';
import type { AuthAbilities } from '../source';
import { RouteFileError } from './parse';

/** What is wrong with a route file, a line per problem. Empty: it can be used. */
export function fileProblems(path: string, auth: AuthAbilities): string[] {
  try {
    readRoutes(readFileSync(path, 'utf8'), auth);
    return [];
  } catch (error) {
    return error instanceof RouteFileError ? error.problems.map(problemLine) : [(error as Error).message];
  }
}
