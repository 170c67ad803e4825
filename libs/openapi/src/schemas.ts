import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { commentOf } from './comments';
import { defined, sorted } from './json';
import { isRequired, isRequiredOneof, ruleKeywords, rulesOf } from './rules';
import { BYTES, INT64, UINT64, wellKnownSchema } from './well-known';

/** Which way a message travels: what a client must send and what it may count on differ. */
export type Direction = 'request' | 'response';

const SCALARS: Readonly<Record<ScalarType, JsonObject>> = {
  [ScalarType.DOUBLE]: { type: 'number', format: 'double' },
  [ScalarType.FLOAT]: { type: 'number', format: 'float' },
  [ScalarType.INT32]: { type: 'integer', format: 'int32' },
  [ScalarType.SINT32]: { type: 'integer', format: 'int32' },
  [ScalarType.SFIXED32]: { type: 'integer', format: 'int32' },
  [ScalarType.UINT32]: { type: 'integer', format: 'uint32', minimum: 0 },
  [ScalarType.FIXED32]: { type: 'integer', format: 'uint32', minimum: 0 },
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BYTES]: BYTES,
};

/** The schemas of a document: proto JSON's mapping of the messages and enums that its operations use. */
export class Schemas {
  private readonly messages = new Map<string, { desc: DescMessage; directions: Set<Direction> }>();
  private readonly enums = new Map<string, DescEnum>();

  /** The schema of a whole message. */
  message(desc: DescMessage, direction: Direction): JsonObject {
    const wellKnown = wellKnownSchema(desc.typeName);
    if (wellKnown !== undefined) return { ...wellKnown };
    this.use(desc, direction);
    return reference(desc.typeName);
  }

  /**
   * The schema of a message without some of its fields, which is no component of its own.
   * @param without names of fields that come from elsewhere
   */
  partial(desc: DescMessage, without: ReadonlySet<string>, direction: Direction): JsonObject {
    const fields = desc.fields.filter(({ name }) => !without.has(name));
    for (const field of fields) this.field(field, direction);
    return this.object(desc, fields, new Set([direction]));
  }

  /** The schema of a field's value, with its rules and its comment. */
  field(field: DescField, direction: Direction): JsonObject {
    const value = this.value(field, direction);
    const sensitive = field.proto.options?.debugRedact === true;
    return {
      ...value,
      ...ruleKeywords(rulesOf(field), field),
      ...defined({
        description: commentOf(field) || undefined,
        deprecated: field.deprecated ? true : undefined,
        // Never logged and never in an example.
        format: sensitive && value['type'] === 'string' ? 'password' : undefined,
        'x-sensitive': sensitive ? true : undefined,
      }),
    };
  }

  /** `components.schemas`, by full names. */
  components(): JsonObject {
    const schemas = new Map<string, JsonValue>();
    for (const [name, { desc, directions }] of this.messages)
      schemas.set(name, this.object(desc, desc.fields, directions));
    for (const [name, desc] of this.enums) schemas.set(name, enumSchema(desc));
    return Object.fromEntries(sorted(schemas));
  }

  private use(desc: DescMessage, direction: Direction): void {
    const known = this.messages.get(desc.typeName) ?? { desc, directions: new Set() };
    if (known.directions.has(direction)) return;
    this.messages.set(desc.typeName, known);
    known.directions.add(direction);
    for (const field of desc.fields) this.value(field, direction);
  }

  private value(field: DescField, direction: Direction): JsonObject {
    switch (field.fieldKind) {
      case 'scalar':
        return { ...SCALARS[field.scalar] };
      case 'enum':
        return this.enum(field.enum);
      case 'message':
        return this.message(field.message, direction);
      case 'list':
        return { type: 'array', items: this.item(field, direction) };
      case 'map':
        return { type: 'object', additionalProperties: this.item(field, direction) };
    }
  }

  private item(field: DescField, direction: Direction): JsonObject {
    const value = this.valueOf(field, direction);
    const type = rulesOf(field)?.type;
    const rules = type?.case === 'repeated' ? type.value.items : type?.case === 'map' ? type.value.values : undefined;
    return { ...value, ...ruleKeywords(rules, field) };
  }

  /** The schema of one item of a list, or one value of a map. */
  private valueOf({ scalar, enum: values, message }: DescField, direction: Direction): JsonObject {
    if (message !== undefined) return this.message(message, direction);
    return values === undefined ? { ...SCALARS[scalar!] } : this.enum(values);
  }

  private enum(desc: DescEnum): JsonObject {
    if (desc.typeName === 'google.protobuf.NullValue') return { type: 'null' };
    this.enums.set(desc.typeName, desc);
    return reference(desc.typeName);
  }

  private object(desc: DescMessage, fields: readonly DescField[], directions: ReadonlySet<Direction>): JsonObject {
    const [direction] = directions;
    const onlyOne = directions.size === 1;
    const required = onlyOne ? fields.filter(direction === 'request' ? isRequired : isAlwaysThere) : [];
    const isRequest = onlyOne && direction === 'request';
    return defined({
      type: 'object',
      description: commentOf(desc) || undefined,
      properties: Object.fromEntries(
        fields.map((field) => [field.jsonName, this.property(field, direction!, isRequest)]),
      ),
      required: required.length === 0 ? undefined : required.map(({ jsonName }) => jsonName),
      // The gateway refuses what it doesn't know; a client that does the same breaks with the next field.
      additionalProperties: isRequest ? false : undefined,
      deprecated: desc.deprecated ? true : undefined,
      ...oneofs(desc, fields),
    });
  }

  private property(field: DescField, direction: Direction, isRequest: boolean): JsonObject {
    const schema = this.field(field, direction);
    return isRequest && schema['x-sensitive'] === true ? { ...schema, writeOnly: true } : schema;
  }
}

const reference = (typeName: string): JsonObject => ({ $ref: `#/components/schemas/${typeName}` });

/** Responses have each field that has no presence of its own, default or not. */
export const isAlwaysThere = ({ presence }: DescField): boolean => presence === FeatureSet_FieldPresence.IMPLICIT;

function enumSchema(desc: DescEnum): JsonObject {
  return defined({
    type: 'string',
    description: commentOf(desc) || undefined,
    enum: desc.values.map(({ name }) => name),
    deprecated: desc.deprecated ? true : undefined,
  });
}

/** At most one field of each oneof, exactly one when it is required. */
function oneofs({ oneofs: all }: DescMessage, fields: readonly DescField[]): JsonObject {
  const choices = all.flatMap((oneof) => {
    const cases = oneof.fields
      .filter((field) => fields.includes(field))
      .map(({ jsonName }) => ({ required: [jsonName] }));
    if (cases.length === 0 || (cases.length === 1 && !isRequiredOneof(oneof))) return [];
    return [{ oneOf: isRequiredOneof(oneof) ? cases : [...cases, { not: { anyOf: cases } }] }];
  });
  return choices.length === 0 ? {} : { allOf: choices };
}
