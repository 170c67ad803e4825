import type { DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { ApiForm } from './api-route';
import { commentOf } from './comments';
import { defined } from './json';
import { isRequired } from './rules';
import { type Direction, isAlwaysThere, type Schemas } from './schemas';

/** Begins the text that stands for a schema. No default of a field does. */
const MARK = '\u0000';

interface Marked {
  readonly schema: JsonObject;
  readonly required: boolean;
}

/**
 * The schemas of bodies that aren't the JSON of their messages. The form itself says what becomes of a message: it writes a
 * sample in which texts stand for the schemas of members.
 */
export class FormedSchemas {
  private readonly marked: Marked[] = [];
  /** Types around the one in hand: a message that holds itself is described once. */
  private readonly around: DescMessage[] = [];

  constructor(
    private readonly schemas: Schemas,
    private readonly direction: Direction,
  ) {}

  /** @param without names of fields that come from elsewhere */
  message(desc: DescMessage, form: ApiForm, without: ReadonlySet<string> = new Set()): JsonObject {
    if (this.around.includes(desc)) return { type: 'object', description: `As \`${desc.typeName}\` around it.` };
    const sample = this.sampleOf(desc, form, without);
    form.write(sample);
    const schema = this.schemaOf(sample).schema;
    return defined({ type: 'object', description: commentOf(desc) || undefined, ...schema });
  }

  /** The schema of a field's value. */
  field(field: DescField, form: ApiForm): JsonObject {
    if (field.fieldKind === 'message') return this.message(field.message, form);
    const items = this.message(field.message!, form.within('*') ?? form);
    const description = commentOf(field) || undefined;
    return field.fieldKind === 'map'
      ? defined({ type: 'object', description, additionalProperties: items })
      : defined({ type: 'array', description, items });
  }

  private sampleOf(desc: DescMessage, form: ApiForm, without: ReadonlySet<string>): JsonObject {
    this.around.push(desc);
    const fields = desc.fields.filter(({ name }) => !without.has(name));
    const sample = Object.fromEntries(fields.map((field) => [field.jsonName, this.memberOf(field, form)]));
    this.around.pop();
    return sample;
  }

  private memberOf(field: DescField, form: ApiForm): JsonValue {
    const own = form.within(field.jsonName);
    const opened = field.fieldKind === 'message' && form.opens(field.jsonName);
    if (opened && !this.around.includes(field.message)) return this.sampleOf(field.message, AS_IT_IS, new Set());
    const required = this.direction === 'request' ? isRequired(field) : isAlwaysThere(field);
    const schema = own === null ? this.schemas.field(field, this.direction) : this.field(field, own);
    this.marked.push({ schema, required });
    return `${MARK}${this.marked.length - 1}`;
  }

  private schemaOf(value: JsonValue): Marked {
    if (typeof value === 'string' && value.startsWith(MARK)) return this.marked[Number(value.slice(1))]!;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return this.objectOf(value);
    return { schema: Array.isArray(value) ? { type: 'array' } : { type: typeof value }, required: true };
  }

  private objectOf(object: JsonObject): Marked {
    const members = Object.entries(object).map(([name, value]) => [name, this.schemaOf(value)] as const);
    const required = members.filter(([, member]) => member.required).map(([name]) => name);
    const properties = Object.fromEntries(members.map(([name, { schema }]) => [name, schema]));
    return {
      schema: defined({ type: 'object', properties, required: required.length === 0 ? undefined : required }),
      required: required.length > 0,
    };
  }
}

/** The form of a message that is opened for what goes through it. */
const AS_IT_IS: ApiForm = { write: () => undefined, within: () => null, opens: () => false };
