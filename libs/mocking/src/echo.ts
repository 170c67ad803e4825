import type { DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';

/** What a request says that its answer can say again. */
export class Echo {
  /**
   * @param input the request's type
   * @param request the request in proto JSON; what isn't set isn't there
   */
  constructor(
    private readonly input: DescMessage,
    private readonly request: JsonObject,
  ) {}

  /**
   * The value for a field of the answer, by the first rule that fits: the request's field of that name and type; for an `id`,
   * the request's `<message>_id`; the same field of a message of the same type in the request. Sensitive fields are never
   * repeated.
   * @param inList whether the field is inside an item of a list, of which there are several: only ids of parents are the same
   */
  valueFor(field: DescField, inList: boolean): JsonValue | undefined {
    if (isSensitive(field)) return undefined;
    if (inList) return field.name.endsWith('_id') ? this.named(field, field.name) : undefined;
    const own = this.named(field, field.name);
    if (own !== undefined) return own;
    const byId = field.name === 'id' ? this.named(field, `${snakeCase(field.parent.name)}_id`) : undefined;
    return byId ?? this.nested(field);
  }

  private named(field: DescField, name: string): JsonValue | undefined {
    const source = this.input.fields.find((each) => each.name === name);
    if (source === undefined || isSensitive(source) || !isSameType(source, field)) return undefined;
    return this.request[source.jsonName];
  }

  private nested(field: DescField): JsonValue | undefined {
    const holder = this.input.fields.find(
      ({ fieldKind, message }) => fieldKind === 'message' && message.typeName === field.parent.typeName,
    );
    const value = holder && this.request[holder.jsonName];
    return isObject(value) ? value[field.jsonName] : undefined;
  }
}

/** Whether a value of a field mustn't be shown. */
export const isSensitive = ({ proto }: DescField): boolean => proto.options?.debugRedact === true;

/** Whether a JSON value is an object. */
export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isSameType(one: DescField, other: DescField): boolean {
  return (
    one.fieldKind === other.fieldKind &&
    one.scalar === other.scalar &&
    one.enum?.typeName === other.enum?.typeName &&
    one.message?.typeName === other.message?.typeName &&
    one.fieldKind !== 'map'
  );
}

const snakeCase = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
