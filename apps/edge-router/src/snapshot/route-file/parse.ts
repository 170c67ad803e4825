import { parseDocument } from 'yaml';
import type { SnapshotProblem } from '../problem';
import { type RouteFile, routeFileSchema } from './schema';

/** A route file that can't be used. */
export class RouteFileError extends Error {
  override readonly name = 'RouteFileError';

  constructor(readonly problems: readonly SnapshotProblem[]) {
    super(problems.map(({ place, detail }) => `${place}: ${detail}`).join('\n'));
  }
}

/** A problem of the file. */
export const fileError = (place: string, detail: string): SnapshotProblem => ({
  severity: 'error',
  source: 'file',
  place,
  detail,
});

/**
 * Reads a route file: YAML 1.2, strictly. Policies stay JSON for `fileRoutes`.
 * @throws RouteFileError with every problem at once
 */
export function parseRouteFile(text: string): RouteFile {
  const result = routeFileSchema.safeParse(readYaml(text));
  if (result.success) return result.data;
  throw new RouteFileError(result.error.issues.flatMap((issue) => explain(issue, [])));
}

function readYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', strict: true, uniqueKeys: true });
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0)
    throw new RouteFileError(
      wrong.map((each) => fileError(`line ${each.linePos?.[0].line ?? 1}`, each.message.split('\n')[0]!)),
    );
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    // Aliases of aliases (a "billion laughs" document).
    throw new RouteFileError([fileError('', (error as Error).message)]);
  }
}

type Issue = NonNullable<ReturnType<typeof routeFileSchema.safeParse>['error']>['issues'][number];

/** Each wrong key by itself; of alternatives (urls or service) the one that comes closest. */
function explain(issue: Issue, parents: readonly PropertyKey[]): SnapshotProblem[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => fileError(placeOf([...path, key]), 'is not a key'));
  if (issue.code === 'invalid_union') {
    const closest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
    return (closest as Issue[]).flatMap((each) => explain(each, path));
  }
  if (issue.code === 'invalid_key') return [fileError(placeOf(path), issue.issues[0]!.message)];
  return [fileError(placeOf(path), issue.message)];
}

/** `routes[0].match.path`. */
export const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
