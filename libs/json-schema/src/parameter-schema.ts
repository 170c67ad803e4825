import type { FieldError } from '@gateway/errors';
import type { JsonSchema } from './compile-schema';
import { resolveReference } from './references';
import { isSchema, type Schema } from './schema';
import { SchemaError } from './schema-error';
import { pointerOf } from './subschemas';

/** Where parameters stand in a request. */
export type ParameterPlace = 'query' | 'header';

/** The texts of parameters by name, in the order in which they came. */
export type ParameterTexts = ReadonlyMap<string, readonly string[]>;

/** A schema of an object whose members are parameters. */
export interface ParameterSchema {
  /** The parameters that the schema names. */
  readonly names: readonly string[];
  /** As {@link JsonSchema.check}, with `query/<name>` or `header/<name>` for pointers. */
  check(texts: ParameterTexts): FieldError[] | null;
}

type Read = (texts: readonly string[]) => unknown;

/**
 * Checks parameters, which are texts: each is read as the type that its schema names. A text that isn't one stays a text,
 * and breaks the rule `type`.
 * @throws SchemaError when it isn't the schema of an object
 */
export function parameterSchema({ schema, check }: JsonSchema, place: ParameterPlace): ParameterSchema {
  if (schema['type'] !== 'object')
    throw new SchemaError('/type', 'must be "object": its properties are the parameters');
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const readers = new Map<string, Read>();
  for (const [name, property] of Object.entries(properties)) {
    if (place === 'header' && name !== name.toLowerCase())
      throw new SchemaError(pointerOf(['properties', name]), 'must be in lower case, as field names are here');
    readers.set(name, readerOf(schema, property, place));
  }
  return {
    names: [...readers.keys()],
    check(texts) {
      const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const [name, each] of texts) values[name] = (readers.get(name) ?? asText)(each);
      return check(values)?.map((error) => ({ ...error, pointer: `${place}${named(error.pointer)}` })) ?? null;
    },
  };
}

/** A parameter is told as a whole: its items have no names. */
const named = (pointer: string): string =>
  /^(?:\/[^/]*)?/.exec(pointer)![0].replaceAll('~1', '/').replaceAll('~0', '~');

const asText: Read = (texts) => (texts.length === 1 ? texts[0] : texts);

function readerOf(root: Schema, given: unknown, place: ParameterPlace): Read {
  const property = followed(root, given);
  const types = typesOf(property);
  if (!types.includes('array')) return (texts) => (texts.length === 1 ? valueOf(texts[0]!, types) : texts);
  const items = typesOf(followed(root, property['items']));
  // A header that is a list has its items in one field, or in several (RFC 9110 §5.3).
  const split = place === 'header' ? (text: string) => text.split(',').map((item) => item.trim()) : null;
  return (texts) => (split === null ? texts : texts.flatMap(split)).map((text) => valueOf(text, items));
}

/** The schema that a property has, or refers to. The schema has been checked: references end somewhere. */
function followed(root: Schema, given: unknown): Schema {
  let schema = given;
  while (isSchema(schema) && typeof schema['$ref'] === 'string') schema = resolveReference(root, schema['$ref']);
  return isSchema(schema) ? schema : {};
}

const typesOf = ({ type }: Schema): readonly unknown[] => [type].flat();

/** JSON's numbers (RFC 8259 §6), and no more: `0x10` and ` 7` aren't numbers. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function valueOf(text: string, types: readonly unknown[]): unknown {
  const isNumeric = types.includes('integer') || types.includes('number');
  if (isNumeric && NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
