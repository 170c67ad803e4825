/** A JSON Schema of the gateway's documents: the keywords that they use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly not?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly [annotation: string]: unknown;
}

/** Keywords that say nothing of validity here. */
const ANNOTATIONS = /^(x-.*|description|deprecated|writeOnly|examples?|contentEncoding|format|uniqueItems)$/;

/** What each keyword refuses. A keyword that isn't here is an error, so that no check is left out silently. */
const KEYWORDS: Readonly<Record<string, (schema: Schema, value: unknown, check: Check) => string[]>> = {
  type: ({ type }, value) => ([type].flat().includes(typeOf(value, type)) ? [] : [`is not ${String(type)}`]),
  enum: (schema, value) => (schema.enum!.includes(value) ? [] : [`${JSON.stringify(value)} is not in the enum`]),
  const: (schema, value) => (schema.const === value ? [] : [`is not ${JSON.stringify(schema.const)}`]),
  required: ({ required }, value) =>
    required!.filter((name) => isObject(value) && !(name in value)).map((name) => `lacks ${name}`),
  properties: ({ properties }, value, check) =>
    Object.entries(properties!).flatMap(([name, schema]) =>
      isObject(value) && name in value ? check(schema, value[name]).map((fault) => `${name}: ${fault}`) : [],
    ),
  additionalProperties: ({ additionalProperties: rest, properties = {} }, value, check) =>
    Object.entries(isObject(value) ? value : {})
      .filter(([name]) => !(name in properties))
      .flatMap(([name, item]) => (rest === false ? [`has ${name}`] : rest === true ? [] : check(rest!, item))),
  items: ({ items }, value, check) =>
    (Array.isArray(value) ? value : []).flatMap((item, index) =>
      check(items!, item).map((fault) => `${index}: ${fault}`),
    ),
  allOf: ({ allOf }, value, check) => allOf!.flatMap((schema) => check(schema, value)),
  anyOf: ({ anyOf }, value, check) =>
    anyOf!.some((schema) => check(schema, value).length === 0) ? [] : ['fits none of anyOf'],
  oneOf: ({ oneOf }, value, check) =>
    oneOf!.filter((schema) => check(schema, value).length === 0).length === 1 ? [] : ['does not fit one of oneOf'],
  not: ({ not }, value, check) => (check(not!, value).length > 0 ? [] : ['fits what it must not']),
  pattern: ({ pattern }, value) =>
    typeof value !== 'string' || new RegExp(pattern!).test(value) ? [] : [`"${value}" doesn't match ${pattern}`],
  minLength: ({ minLength }, value) =>
    typeof value !== 'string' || value.length >= minLength! ? [] : ['is too short'],
  maxLength: ({ maxLength }, value) => (typeof value !== 'string' || value.length <= maxLength! ? [] : ['is too long']),
  minimum: ({ minimum }, value) => (typeof value !== 'number' || value >= minimum! ? [] : ['is too small']),
  maximum: ({ maximum }, value) => (typeof value !== 'number' || value <= maximum! ? [] : ['is too large']),
  minItems: ({ minItems }, value) => (!Array.isArray(value) || value.length >= minItems! ? [] : ['has too few items']),
  maxItems: ({ maxItems }, value) => (!Array.isArray(value) || value.length <= maxItems! ? [] : ['has too many items']),
  maxProperties: ({ maxProperties }, value) =>
    !isObject(value) || Object.keys(value).length <= maxProperties! ? [] : ['has too many properties'],
};

type Check = (schema: Schema, value: unknown) => string[];

/** Checks values against the schemas of a document: each fault with where it is; empty: none. */
export function schemaCheck(document: object): Check {
  const check: Check = (schema, value) => {
    const { $ref, ...keywords } = schema;
    const referred = $ref === undefined ? [] : check(resolve<Schema>(document, $ref), value);
    const faults = Object.keys(keywords)
      .filter((keyword) => !ANNOTATIONS.test(keyword))
      .flatMap((keyword) => {
        const rule = KEYWORDS[keyword];
        if (rule === undefined) throw new Error(`The check doesn't know the keyword ${keyword}`);
        return rule(schema, value, check);
      });
    return [...referred, ...faults];
  };
  return check;
}

/** What a local reference leads to. */
export function resolve<Target>(document: object, reference: string): Target {
  const found = reference
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
  if (found === undefined) throw new Error(`${reference} leads nowhere`);
  return found as Target;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: unknown, wanted: Schema['type']): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value) && [wanted].flat().includes('integer')) return 'integer';
  return typeof value;
}
