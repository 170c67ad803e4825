import { type DescField, type DescMessage, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import type { RoutePolicy } from '@gateway/contracts';
import type { ApiCall, ApiRoute } from './api-route';
import { commentOf } from './comments';
import { responseHeaders } from './headers';
import { defined } from './json';
import { pathParameters, queryParameters } from './parameters';
import type { DescribedPath } from './paths';
import { plainBody, plainParameters, plainResponses, plainTags, plainWords } from './plain-http';
import { isDeprecated, policyText, securityOf } from './policy-text';
import type { Problems } from './problems';
import type { Schemas } from './schemas';
import { wellKnownSchema } from './well-known';

/** What the operations of one document share. */
export interface OperationParts {
  readonly schemas: Schemas;
  readonly problems: Problems;
  readonly now: number;
}

/** Where an operation stands. */
export interface OperationPlace {
  readonly path: DescribedPath;
  /** The names of the path's parameters in this document. */
  readonly names: readonly string[];
  readonly operationId: string;
}

/** The Operation Object of a route. */
export function describeOperation(route: ApiRoute, place: OperationPlace, parts: OperationParts): JsonObject {
  const { call, policy, hosts } = route;
  const { schemas, problems } = parts;
  const parameters = plainParameters(route, [
    ...pathParameters(route, place.path.slots, place.names, schemas),
    ...queryParameters(route, schemas),
  ]);
  const { summary, prose } = wordsOf(route);
  const description = [prose, policyText(policy).join(' ')].filter((text) => text !== '').join('\n\n');
  const link = policy.deprecation?.link ?? '';
  return defined({
    operationId: place.operationId,
    summary,
    description: description === '' ? undefined : description,
    tags: tagNames(route),
    deprecated: isDeprecated(policy, parts.now) || call?.method.deprecated === true ? true : undefined,
    externalDocs: link === '' ? route.http?.operation['externalDocs'] : { url: link },
    servers: hosts.length === 0 ? undefined : hosts.map((host) => ({ url: `https://${host}` })),
    security: securityOf(policy),
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody: call === null ? plainBody(route) : requestBody(route, schemas),
    responses:
      call === null
        ? plainResponses(route, problems.responses(route))
        : { ...success(call, policy, schemas), ...problems.responses(route) },
    'x-gateway-route': route.id,
  });
}

/** The tags of a route's operations: the contract's service, or what the owner wrote. */
export const tagNames = (route: ApiRoute): string[] =>
  route.call === null ? plainTags(route) : [route.call.method.parent.typeName];

/** The comment's first sentence is the summary; without comments the name is. */
function wordsOf(route: ApiRoute): { summary: string; prose: string } {
  const { call } = route;
  if (call === null) return plainWords(route);
  const comment = commentOf(call.method);
  if (comment === '') return { summary: spaced(call.method.name), prose: '' };
  const [summary = comment] = /^[^]*?[.!?](?=\s|$)/.exec(comment) ?? [comment];
  return { summary: summary.replace(/\.$/, ''), prose: comment === summary ? '' : comment };
}

/** `GetProject` is "Get project". */
const spaced = (name: string): string =>
  name.replace(/([a-z0-9])([A-Z])/g, (_whole, before: string, upper: string) => `${before} ${upper.toLowerCase()}`);

function requestBody({ call, path }: ApiRoute, schemas: Schemas): JsonObject | undefined {
  if (call === null || call.body === '') return undefined;
  const { input } = call.method;
  const schema = call.body === '*' ? wholeBody(input, path.variables, schemas) : fieldBody(call, schemas);
  const required = Array.isArray(schema['required']) || requiresFields(schemas, input, call.body);
  return defined({ required: required ? true : undefined, content: { 'application/json': { schema } } });
}

function wholeBody(
  input: DescMessage,
  variables: readonly { readonly path: readonly string[] }[],
  schemas: Schemas,
): JsonObject {
  const bound = new Set(variables.filter(({ path }) => path.length === 1).map(({ path }) => path[0]!));
  return bound.size === 0 ? schemas.message(input, 'request') : schemas.partial(input, bound, 'request');
}

const requiresFields = (schemas: Schemas, input: DescMessage, body: string): boolean =>
  body === '*' && Array.isArray(schemas.partial(input, new Set(), 'request')['required']);

function fieldBody({ method, body }: ApiCall, schemas: Schemas): JsonObject {
  const field = method.input.fields.find(({ name, jsonName }) => name === body || jsonName === body)!;
  return schemas.field(field, 'request');
}

const HTTP_BODY = 'google.api.HttpBody';

function success(call: ApiCall, policy: RoutePolicy, schemas: Schemas): JsonObject {
  const headers = responseHeaders(policy);
  const { method, responseBody } = call;
  const { output } = method;
  if (output.typeName === HTTP_BODY)
    return { '200': { description: 'The content, with its own type.', headers, content: { '*/*': {} } } };
  const field = output.fields.find(({ name, jsonName }) => name === responseBody || jsonName === responseBody);
  const schema = field === undefined ? schemas.message(output, 'response') : schemas.field(field, 'response');
  const examples = examplesOf(policy.mockOptions?.examples ?? [], field);
  return { '200': { description: describeOutput(output), headers, content: contentOf(call, schema, examples) } };
}

/** A stream has one JSON text per message: lines, or server-sent events when the client asks for them. */
function contentOf({ method }: ApiCall, schema: JsonObject, examples: JsonObject | undefined): JsonObject {
  if (method.methodKind !== 'server_streaming') return { 'application/json': defined({ schema, examples }) };
  return { 'application/x-ndjson': { schema }, 'text/event-stream': { schema: { type: 'string' } } };
}

/** Comments of well-known messages are for authors of protos. */
const describeOutput = (output: DescMessage): string =>
  (wellKnownSchema(output.typeName) === undefined && commentOf(output)) || `\`${output.typeName}\``;

/** Examples are of the whole response, of which the answer may be one field. */
function examplesOf(texts: readonly string[], field: DescField | undefined): JsonObject | undefined {
  const examples = texts.flatMap((text, index): [string, JsonValue][] => {
    try {
      const whole = JSON.parse(text) as JsonObject;
      const value = field === undefined ? whole : whole[field.jsonName];
      return value === undefined ? [] : [[`example${index + 1}`, { value }]];
    } catch {
      return [];
    }
  });
  return examples.length === 0 ? undefined : Object.fromEntries(examples);
}
