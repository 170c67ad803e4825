import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { PROBLEM_JSON } from '@gateway/errors';
import type { ApiRoute } from './api-route';
import { responseHeaders } from './headers';
import { defined } from './json';

/** The tag of routes without a contract of which nobody said more. */
export const PLAIN_HTTP = 'Plain HTTP';

/** The tags that the owner wrote. */
export const plainTags = ({ http }: ApiRoute): string[] =>
  (http?.operation['tags'] as string[] | undefined) ?? [PLAIN_HTTP];

/** What the owner wrote; else what is true of any service without a contract. */
export function plainWords({ id, http }: ApiRoute): { summary: string; prose: string } {
  const { summary, description } = http?.operation ?? {};
  const isKnown =
    http !== undefined && (http.body !== undefined || http.response !== undefined || summary !== undefined);
  return {
    summary: typeof summary === 'string' ? summary : id.replace(/^file:/, ''),
    prose:
      typeof description === 'string'
        ? description
        : isKnown
          ? ''
          : 'A service without a contract: what it takes and answers is its own, unchanged.',
  };
}

/**
 * The parameters of the path, of what is checked, and of what the owner wrote. Of one that is told twice the owner's words
 * are added to the schema that is enforced.
 */
export function plainParameters({ http }: ApiRoute, ofPath: readonly JsonObject[]): JsonObject[] {
  const written = (http?.operation['parameters'] as JsonObject[] | undefined) ?? [];
  const parameters = new Map<string, JsonObject>();
  for (const each of ofPath) parameters.set(keyOf(each), each);
  for (const each of written)
    parameters.set(keyOf(each), { ...each, ...(each['in'] === 'path' ? { required: true } : {}) });
  for (const each of http?.parameters ?? []) {
    const { required, ...rest } = each;
    parameters.set(keyOf(each), { ...parameters.get(keyOf(each)), ...rest, ...defined({ required }) });
  }
  return [...parameters.values()];
}

/** Names of headers are alike in any case. */
const keyOf = ({ in: where, name }: JsonObject): string =>
  where === 'header' ? `header ${String(name).toLowerCase()}` : `${String(where)} ${String(name)}`;

/** The body: the owner's words, with the schema that is enforced. */
export function plainBody({ http }: ApiRoute): JsonObject | undefined {
  const written = http?.operation['requestBody'] as JsonObject | undefined;
  if (http?.body === undefined) return written;
  const content = written?.['content'] as JsonObject | undefined;
  const json = content?.[JSON_TYPE] as JsonObject | undefined;
  return {
    ...written,
    ...(http.enforced ? { required: true } : {}),
    content: { ...content, [JSON_TYPE]: { ...json, schema: http.body } },
  };
}

const JSON_TYPE = 'application/json';

/**
 * What the service answers, as its owner says, and what the gateway answers for it. A status that both have is either's: then
 * the gateway's is told by its content type.
 */
export function plainResponses({ http, policy }: ApiRoute, ofGateway: JsonObject): JsonObject {
  const headers = responseHeaders(policy);
  const written = Object.entries((http?.operation['responses'] as Record<string, JsonObject> | undefined) ?? {});
  const responses: Record<string, JsonValue> = {
    default: { description: 'What the service answers.', headers },
    ...ofGateway,
  };
  if (http?.response !== undefined && !written.some(([status]) => isSuccess(status)))
    written.push(['200', { description: 'What the service answers.' }]);
  for (const [status, response] of written) {
    const described: JsonObject = isSuccess(status) ? successful(response, headers, http?.response) : response;
    responses[status] = status in ofGateway ? { ...described, ...withProblem(described) } : described;
  }
  return responses;
}

const isSuccess = (status: string): boolean => status.startsWith('2');

function successful(response: JsonObject, headers: JsonObject, schema: JsonObject | undefined): JsonObject {
  const fields = { headers: { ...headers, ...(response['headers'] as JsonObject | undefined) } };
  if (schema === undefined) return { ...response, ...fields };
  const content = response['content'] as Record<string, JsonObject> | undefined;
  return { ...response, ...fields, content: { ...content, [JSON_TYPE]: { ...content?.[JSON_TYPE], schema } } };
}

const withProblem = ({ content }: JsonObject): JsonObject => ({
  content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } }, ...(content as JsonObject) },
});
