import { type DescField, type DescMessage, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import type { RoutePolicy } from '@gateway/contracts';
import type { ApiCall, ApiForm, ApiRoute } from './api-route';
import { commentOf } from './comments';
import { FormedSchemas } from './formed-schemas';
import { responseHeaders } from './headers';
import { defined } from './json';
import { headerParameters, pathParameters, queryParameters } from './parameters';
import type { DescribedPath } from './paths';
import { plainBody, plainParameters, plainResponses, plainTags, plainWords } from './plain-http';
import { isDeprecated, policyText, securityOf } from './policy-text';
import type { Problems } from './problems';
import type { Schemas } from './schemas';
import { isSocketOnly, LINES, streamsOf, streamText } from './streams';
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
    ...headerParameters(route),
  ]);
  const { summary, prose } = wordsOf(route);
  const description = [prose, streamText(route), policyText(policy).join(' ')]
    .filter((text) => text !== '')
    .join('\n\n');
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
        : { ...(isSocketOnly(route) ? UPGRADED : success(call, policy, schemas)), ...problems.responses(route) },
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

function requestBody(route: ApiRoute, schemas: Schemas): JsonObject | undefined {
  const { call, path } = route;
  if (call === null || call.body === '' || isSocketOnly(route)) return undefined;
  const { input } = call.method;
  if (isRaw(input, call.body)) return { content: anyContent() };
  const form = call.forms?.request ?? null;
  const schema =
    form !== null
      ? formedBody(call, form, path.variables, schemas)
      : call.body === '*'
        ? wholeBody(input, path.variables, schemas)
        : fieldBody(call, schemas);
  const required = Array.isArray(schema['required']) || requiresFields(schemas, input, call.body);
  return defined({
    required: required ? true : undefined,
    content: { [streamsOf(route).client ? LINES : 'application/json']: { schema } },
  });
}

function formedBody(
  { method: { input }, body }: ApiCall,
  form: ApiForm,
  variables: readonly { readonly path: readonly string[] }[],
  schemas: Schemas,
): JsonObject {
  const formed = new FormedSchemas(schemas, 'request');
  if (body !== '*') return formed.field(fieldNamed(input, body)!, form);
  return formed.message(input, form, namesBound(variables));
}

function wholeBody(
  input: DescMessage,
  variables: readonly { readonly path: readonly string[] }[],
  schemas: Schemas,
): JsonObject {
  const bound = namesBound(variables);
  return bound.size === 0 ? schemas.message(input, 'request') : schemas.partial(input, bound, 'request');
}

/** The fields of the message that the path has. */
const namesBound = (variables: readonly { readonly path: readonly string[] }[]): Set<string> =>
  new Set(variables.filter(({ path }) => path.length === 1).map(({ path }) => path[0]!));

const fieldNamed = ({ fields }: DescMessage, name: string): DescField | undefined =>
  fields.find((field) => field.name === name || field.jsonName === name);

const requiresFields = (schemas: Schemas, input: DescMessage, body: string): boolean =>
  body === '*' && Array.isArray(schemas.partial(input, new Set(), 'request')['required']);

function fieldBody({ method, body }: ApiCall, schemas: Schemas): JsonObject {
  return schemas.field(fieldNamed(method.input, body)!, 'request');
}

const HTTP_BODY = 'google.api.HttpBody';

/** What a handshake is answered with. */
const UPGRADED = { '101': { description: 'A WebSocket, whose text messages are those of the method.' } };
/** Bytes of any type. */
const anyContent = (): JsonObject => ({ '*/*': {} });

/** Whether a body is bytes: a HttpBody, whole or as the field that is bound. */
function isRaw(message: DescMessage, body: string): boolean {
  const field = fieldNamed(message, body);
  const bound = field?.fieldKind === 'message' ? field.message : message;
  return bound.typeName === HTTP_BODY;
}

function success(call: ApiCall, policy: RoutePolicy, schemas: Schemas): JsonObject {
  const headers = responseHeaders(policy);
  const { method, responseBody, forms } = call;
  const { output } = method;
  if (isRaw(output, responseBody))
    return { '200': { description: 'The content, with its own type.', headers, content: anyContent() } };
  const schema = responseSchema(call, schemas);
  // Examples are of the message as it is.
  const examples = forms?.response
    ? undefined
    : examplesOf(policy.mockOptions?.examples ?? [], fieldNamed(output, responseBody));
  return { '200': { description: describeOutput(output), headers, content: contentOf(call, schema, examples) } };
}

function responseSchema({ method: { output }, responseBody, forms }: ApiCall, schemas: Schemas): JsonObject {
  const field = fieldNamed(output, responseBody);
  const form = forms?.response ?? null;
  if (form === null)
    return field === undefined ? schemas.message(output, 'response') : schemas.field(field, 'response');
  const formed = new FormedSchemas(schemas, 'response');
  return field === undefined ? formed.message(output, form) : formed.field(field, form);
}

/** A stream has one JSON text per message: lines, or server-sent events when the client asks for them. */
function contentOf(call: ApiCall, schema: JsonObject, examples: JsonObject | undefined): JsonObject {
  if (!streamsOf({ call }).server) return { 'application/json': defined({ schema, examples }) };
  return { [LINES]: { schema }, 'text/event-stream': { schema: { type: 'string' } } };
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
