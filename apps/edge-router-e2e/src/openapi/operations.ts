import type { CallOptions, EdgeClient } from '../edge-client';
import { type Known, valueFor } from './arguments';
import { resolve, type Schema } from './schema-check';

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: Schema;
}

/** An operation of a document. */
export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Described;
  readonly responses: Readonly<Record<string, Described & { readonly $ref?: string }>>;
  readonly 'x-gateway-route': string;
  readonly 'x-gateway-also'?: readonly string[];
}

/** An OpenAPI document, as far as it is driven. */
export interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The operations in an order that lets each find what it needs: what ends something comes last. */
export function operationsOf({ paths }: ApiDocument): Operation[] {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([key]) => !key.startsWith('x-'))
      .map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
  const rank = ({ method, path }: Operation): number => (path.endsWith('/logout') ? 2 : method === 'DELETE' ? 1 : 0);
  return all.sort((a, b) => rank(a) - rank(b));
}

/** Calls an operation with arguments that its schemas allow. */
export function drive(edge: EdgeClient, document: ApiDocument, operation: Operation, known: Known, token?: string) {
  const { path, method, parameters = [], requestBody } = operation;
  const text = (parameter: Parameter): string =>
    encodeURIComponent(String(valueFor(document, parameter.schema, parameter.name, known)));
  let target = path;
  for (const parameter of parameters.filter((each) => each.in === 'path'))
    target = target.replace(`{${parameter.name}}`, text(parameter));
  const query = parameters
    .filter((each) => each.in === 'query')
    .map((parameter) => `${encodeURIComponent(parameter.name)}=${text(parameter)}`)
    .join('&');
  const schema = requestBody?.content?.['application/json']?.schema;
  const options: CallOptions = {
    token,
    json: schema === undefined ? undefined : valueFor(document, schema, '', known),
  };
  return edge.call(method as 'GET', query === '' ? target : `${target}?${query}`, options);
}

/** What the document says of a status: its own response, else `default`. */
export function responseFor(document: object, { responses }: Operation, status: number): Described | undefined {
  const found = responses[String(status)] ?? responses['default'];
  return found?.$ref === undefined ? found : resolve<Described>(document, found.$ref);
}
