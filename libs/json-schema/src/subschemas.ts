import { isSchema, type Schema } from './schema';

/** Keywords whose value is a schema; those of the second kind apply to the same value, not to a part of it. */
const ONE = new Set([
  'additionalProperties',
  'contains',
  'contentSchema',
  'items',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const ONE_IN_PLACE = new Set(['else', 'if', 'not', 'then']);
/** A list of schemas. */
const LIST = new Set(['prefixItems']);
const LIST_IN_PLACE = new Set(['allOf', 'anyOf', 'oneOf']);
/** Schemas by names that aren't keywords. */
const BY_NAME = new Set(['$defs', 'patternProperties', 'properties']);
const BY_NAME_IN_PLACE = new Set(['dependentSchemas']);

/** A schema inside another one. */
export interface Subschema {
  readonly schema: Schema;
  /** The tokens that lead to it. */
  readonly tokens: readonly string[];
  /** Whether it is applied to the value that the outer one is applied to. */
  readonly inPlace: boolean;
}

/** The schemas directly inside of one whose keywords were checked. Values of other keywords (`const`, `enum`, `examples`) are data, whatever is in them. */
export function subschemas(schema: Schema): Subschema[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const inPlace = ONE_IN_PLACE.has(keyword) || LIST_IN_PLACE.has(keyword) || BY_NAME_IN_PLACE.has(keyword);
    return children(keyword, value).flatMap(([tokens, inner]) =>
      isSchema(inner) ? [{ schema: inner, tokens: [keyword, ...tokens], inPlace }] : [],
    );
  });
}

function children(keyword: string, value: unknown): [tokens: string[], value: unknown][] {
  if (ONE.has(keyword) || ONE_IN_PLACE.has(keyword)) return [[[], value]];
  if (LIST.has(keyword) || LIST_IN_PLACE.has(keyword))
    return (value as unknown[]).map((item, index) => [[String(index)], item]);
  if (BY_NAME.has(keyword) || BY_NAME_IN_PLACE.has(keyword))
    return Object.entries(value as Schema).map(([name, item]) => [[name], item]);
  return [];
}

/** RFC 6901. */
export const pointerOf = (tokens: readonly string[]): string =>
  tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
