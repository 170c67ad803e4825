import { checkKeywords, type JsonSchema, parameterSchema, type Schema, SchemaError } from '@gateway/json-schema';
import type { HttpDescription } from '../../pages/http-description';
import type { HttpSchemas } from '../../validation/http-schemas';
import type { SnapshotProblem } from '../problem';
import type { FileOpenApi } from './openapi-schema';
import { fileError } from './parse';
import { dotted } from './pointer';
import type { SchemaLibrary } from './schema-library';
import type { FileRoute } from './schema';
import type { FileValidation } from './validation-schema';

/** What a route file says of a service that has no contract. */
export interface HttpContract {
  readonly schemas?: HttpSchemas;
  readonly description?: HttpDescription;
}

interface Reading {
  readonly place: string;
  readonly library: SchemaLibrary;
  readonly problems: SnapshotProblem[];
}

/** Reads a route's schemas and its part of the API's description; what is wrong is added to the problems. */
export function httpContract(
  { validation, openapi }: Pick<FileRoute, 'validation' | 'openapi'>,
  variables: readonly string[],
  reading: Reading,
): HttpContract {
  const schemas = validation === undefined ? undefined : readSchemas(validation, reading);
  if (openapi !== undefined) checkFragment(openapi, variables, reading);
  if (schemas === undefined && openapi === undefined) return {};
  const { schemas: shared = {}, ...operation } = openapi ?? {};
  return {
    ...(schemas && { schemas: schemas.compiled }),
    description: { operation, schemas: shared, checked: schemas?.plain ?? {} },
  };
}

function readSchemas(validation: FileValidation, { place, library, problems }: Reading) {
  const plain: Record<string, Schema> = {};
  const compile = <Compiled>(key: keyof FileValidation, finish: (schema: JsonSchema) => Compiled): Compiled | null => {
    const source = validation[key];
    if (source === undefined) return null;
    const at = `${place}.validation.${key}`;
    return attempt(at, problems, () => {
      const schema = library.compile(source);
      plain[key] = schema.schema;
      return finish(schema);
    });
  };
  const compiled: HttpSchemas = {
    body: compile('body', (schema) => schema),
    query: compile('query', (schema) => parameterSchema(schema, 'query')),
    headers: compile('headers', (schema) => parameterSchema(schema, 'header')),
    response: compile('response', (schema) => schema),
  };
  return { compiled, plain };
}

function attempt<Result>(place: string, problems: SnapshotProblem[], run: () => Result): Result | null {
  try {
    return run();
  } catch (error) {
    const at = error instanceof SchemaError ? `${place}${dotted(error.pointer)}` : place;
    problems.push(fileError(at, (error as Error).message));
    return null;
  }
}

const COMPONENT = /^#\/components\/schemas\/([A-Za-z0-9_-]+)$/;

/** Each schema of a fragment must be one, and each reference lead to a schema of the same fragment. */
function checkFragment(openapi: FileOpenApi, variables: readonly string[], { place, problems }: Reading): void {
  const at = `${place}.openapi`;
  openapi.parameters?.forEach(({ name, in: where }, index) => {
    if (where === 'path' && !variables.includes(name))
      problems.push(fileError(`${at}.parameters[${index}].name`, `"${name}" is not a variable of the route's path`));
  });
  for (const [tokens, schema] of schemasIn(openapi)) {
    attempt(`${at}${dotted(tokens)}`, problems, () => checkKeywords(schema));
    for (const [inner, reference] of referencesIn(schema)) {
      const [, name = ''] = COMPONENT.exec(reference) ?? [];
      if (!Object.hasOwn(openapi.schemas ?? {}, name))
        problems.push(
          fileError(`${at}${dotted(tokens + inner)}`, `"${reference}" is not one of the fragment's schemas`),
        );
    }
  }
}

/** The schemas of a fragment, with the pointers to them. */
function schemasIn(openapi: FileOpenApi): [pointer: string, schema: Schema][] {
  const media = (at: string, content: Record<string, { schema?: Schema }> = {}): [string, Schema | undefined][] =>
    Object.entries(content).map(([type, { schema }]) => [`${at}/content/${type.replaceAll('/', '~1')}/schema`, schema]);
  const all: [string, Schema | undefined][] = [
    ...(openapi.parameters ?? []).map(({ schema }, index): [string, Schema] => [`/parameters/${index}/schema`, schema]),
    ...media('/requestBody', openapi.requestBody?.content),
    ...Object.entries(openapi.responses ?? {}).flatMap(
      ([status, { content, headers = {} }]): [string, Schema | undefined][] => [
        ...media(`/responses/${status}`, content),
        ...Object.entries(headers).map(([name, { schema }]): [string, Schema] => [
          `/responses/${status}/headers/${name}/schema`,
          schema,
        ]),
      ],
    ),
    ...Object.entries(openapi.schemas ?? {}).map(([name, schema]): [string, Schema] => [`/schemas/${name}`, schema]),
  ];
  return all.filter((each): each is [string, Schema] => each[1] !== undefined);
}

/** What looks like a reference, wherever it stands. */
function referencesIn(value: unknown, at = ''): [pointer: string, reference: string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]): [string, string][] =>
    key === '$ref' && typeof item === 'string' ? [[`${at}/$ref`, item]] : referencesIn(item, `${at}/${key}`),
  );
}
