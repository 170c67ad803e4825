import { type DescField, type DescMessage, type DescMethod, type JsonObject, ScalarType } from '@bufbuild/protobuf';
import { commentOf } from './comments';
import { defined } from './json';
import { wellKnownSchema } from './well-known';

/** An integer as text. */
const INTEGER: JsonObject = { type: 'string', pattern: '^-?[0-9]+$' };
const NUMBER: JsonObject = { type: 'string', format: 'double' };
const TEXT: JsonObject = { type: 'string' };

/** Scalars whose text isn't a decimal integer. */
const SCALARS: Readonly<Partial<Record<ScalarType, JsonObject>>> = {
  [ScalarType.STRING]: TEXT,
  [ScalarType.BYTES]: { type: 'string', format: 'byte', contentEncoding: 'base64' },
  [ScalarType.BOOL]: { type: 'string', enum: ['true', 'false'] },
  [ScalarType.DOUBLE]: NUMBER,
  [ScalarType.FLOAT]: NUMBER,
};

/** What the principal adds to an event, whatever the contract. */
const OF_PRINCIPAL: Readonly<Record<string, string>> = {
  user_id: 'Who caused it.',
  session_id: 'The session that caused it.',
};

/**
 * The schema of an event's field, which is always a text: of the request's field of that name, else of the response's.
 * @param method what the event comes from; null: plain HTTP, whose fields are those of its path
 */
export function eventField(method: DescMethod | null, name: string): JsonObject {
  const path = name.split('.');
  const field = method === null ? undefined : (fieldAt(method.input, path) ?? fieldAt(method.output, path));
  if (field === undefined) return { ...TEXT, ...defined({ description: OF_PRINCIPAL[name] }) };
  return { ...textOf(field), ...defined({ description: commentOf(field) || undefined }) };
}

function textOf({ scalar, enum: values, message }: DescField): JsonObject {
  if (values !== undefined) return { type: 'string', enum: values.values.map((value) => value.name) };
  if (message !== undefined) return { ...wellKnownSchema(message.typeName), type: 'string' };
  return { ...(SCALARS[scalar!] ?? INTEGER) };
}

function fieldAt(message: DescMessage, path: readonly string[]): DescField | undefined {
  let parent: DescMessage | undefined = message;
  let field: DescField | undefined;
  for (const name of path) {
    field = parent?.fields.find((each) => each.name === name);
    parent = field?.message;
  }
  return field;
}
