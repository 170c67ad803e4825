import type { DescField, DescMessage, JsonObject } from '@bufbuild/protobuf';
import { IdempotencyPolicy_Mode as KeyMode, type RoutePolicy } from '@gateway/contracts';
import type { ApiRoute } from './api-route';
import { defined } from './json';
import type { PathSlot } from './paths';
import { isRequired } from './rules';
import type { Schemas } from './schemas';
import { wellKnownSchema } from './well-known';

/** Nested messages deeper than this have no query parameters in the description; the gateway still takes them. */
const MAX_DEPTH = 4;

/** Well-known messages whose JSON isn't one piece of text. */
const NOT_TEXT = new Set(['Struct', 'Value', 'ListValue', 'Empty', 'Any'].map((name) => `google.protobuf.${name}`));

/**
 * The parameters in the path.
 * @param names what the document calls them, at the index of their slots
 */
export function pathParameters(
  { call }: ApiRoute,
  slots: readonly PathSlot[],
  names: readonly string[],
  schemas: Schemas,
): JsonObject[] {
  return slots.map(({ field: path, isRest }, index) => {
    const field = call === null || path === null ? undefined : fieldAt(call.method.input, path);
    const schema = field === undefined ? { type: 'string' } : schemas.field(field, 'request');
    const { description, ...rest } = schema;
    return defined({
      name: names[index]!,
      in: 'path',
      required: true,
      description: [description, isRest ? 'May have slashes.' : undefined].filter(Boolean).join(' ') || undefined,
      schema: isRest ? rest : nonEmpty(rest),
    });
  });
}

/** A segment that is empty matches no wildcard. */
const nonEmpty = (schema: JsonObject): JsonObject =>
  schema['type'] === 'string' && schema['minLength'] === undefined && schema['format'] === undefined
    ? { ...schema, minLength: 1 }
    : schema;

/** What a Header Parameter can't be (OpenAPI 3.1, "Parameter Object"): the document says it elsewhere. */
const SAID_ELSEWHERE = new Set(['accept', 'content-type', 'authorization']);

/** The headers that the service gets as metadata, and the key of a call where the policy honours keys. */
export function headerParameters({ call, policy }: ApiRoute): JsonObject[] {
  const forwarded = call === null ? [] : (policy.transcoding?.requestHeaders ?? []);
  return [
    ...forwarded
      .filter((name) => !SAID_ELSEWHERE.has(name.toLowerCase()))
      .map((name) => ({ name, in: 'header', description: 'The service gets it.', schema: { type: 'string' } })),
    ...callKey(policy),
  ];
}

/** Never required here: a call without a key is taken, and isn't sent again. */
function callKey({ idempotency }: RoutePolicy): JsonObject[] {
  const mode = idempotency?.mode;
  if (mode !== KeyMode.OPTIONAL && mode !== KeyMode.REQUIRED) return [];
  const description = 'Names the call, so that it may be sent again and still be the same. The service gets it.';
  return [{ name: 'Idempotency-Key', in: 'header', description, schema: { type: 'string' } }];
}

/** The parameters in the query: the fields that neither the path nor the body has. */
export function queryParameters({ call, path }: ApiRoute, schemas: Schemas): JsonObject[] {
  if (call === null || call.body === '*') return [];
  const bound = new Set([...path.variables.map((variable) => variable.path.join('.')), call.body]);
  return inQuery(call.method.input, [], bound, schemas);
}

function inQuery(
  message: DescMessage,
  parents: readonly DescField[],
  bound: ReadonlySet<string>,
  schemas: Schemas,
): JsonObject[] {
  return message.fields.flatMap((field) => {
    const chain = [...parents, field];
    if (bound.has(chain.map(({ name }) => name).join('.'))) return [];
    if (field.fieldKind === 'message' && wellKnownSchema(field.message.typeName) === undefined) {
      const repeats = parents.some((parent) => parent.message === field.message);
      return repeats || chain.length > MAX_DEPTH ? [] : inQuery(field.message, chain, bound, schemas);
    }
    return isText(field) ? [queryParameter(chain, schemas)] : [];
  });
}

/** Whether the value, or each item of a list, is one piece of text. */
function isText({ fieldKind, message }: DescField): boolean {
  if (fieldKind === 'map') return false;
  return message === undefined || (wellKnownSchema(message.typeName) !== undefined && !NOT_TEXT.has(message.typeName));
}

function queryParameter(chain: readonly DescField[], schemas: Schemas): JsonObject {
  const field = chain.at(-1)!;
  const { description, deprecated, ...schema } = schemas.field(field, 'request');
  return defined({
    name: chain.map(({ jsonName }) => jsonName).join('.'),
    in: 'query',
    description,
    deprecated,
    required: chain.every(isRequired) ? true : undefined,
    schema,
  });
}

function fieldAt(message: DescMessage, names: readonly string[]): DescField | undefined {
  let parent: DescMessage | undefined = message;
  let field: DescField | undefined;
  for (const name of names) {
    field = parent?.fields.find((each) => each.name === name || each.jsonName === name);
    parent = field?.fieldKind === 'message' ? field.message : undefined;
  }
  return field;
}
