import { isSchema, type Schema } from './schema';
import { SchemaError } from './schema-error';
import { pointerOf, subschemas } from './subschemas';

/** Keywords by which a schema would be known, or found, elsewhere than under its own root. */
const IDENTIFIERS = ['$id', '$anchor', '$dynamicAnchor', '$dynamicRef', '$recursiveRef', '$recursiveAnchor'];
/** Deeper or larger is no description of a body. Two tokens are about one level. */
const MAX_TOKENS = 128;
const MAX_SCHEMAS = 5_000;

/**
 * Checks that a schema is one document of a bounded size: references lead to a place within it, and none leads back to
 * itself without a step into the value, which no check would ever end.
 * @throws SchemaError
 */
export function checkReferences(root: Schema): void {
  const schemas = new Map<Schema, string>();
  collect(root, [], schemas);
  const onward = new Map<Schema, Schema[]>();
  for (const [schema, at] of schemas) {
    const inPlace = subschemas(schema).filter((each) => each.inPlace);
    onward.set(schema, [...inPlace.map((each) => each.schema), ...referred(root, schema, at, schemas)]);
  }
  refuseCircles(onward);
}

/** Every schema within one, with where it stands. */
function collect(schema: Schema, tokens: readonly string[], into: Map<Schema, string>): void {
  const at = pointerOf(tokens);
  into.set(schema, at);
  if (tokens.length > MAX_TOKENS) throw new SchemaError(at, 'is nested too deep');
  if (into.size > MAX_SCHEMAS) throw new SchemaError(at, `has more than ${MAX_SCHEMAS} schemas`);
  for (const keyword of IDENTIFIERS)
    if (keyword in schema && !(keyword === '$id' && tokens.length === 0))
      throw new SchemaError(`${at}/${keyword}`, 'is not supported: refer to a place of this schema, as #/$defs/name');
  for (const each of subschemas(schema)) collect(each.schema, [...tokens, ...each.tokens], into);
}

function referred(root: Schema, { $ref }: Schema, at: string, schemas: ReadonlyMap<Schema, string>): Schema[] {
  if ($ref === undefined) return [];
  const target = resolveReference(root, String($ref));
  if (typeof target === 'boolean') return [];
  if (target !== undefined && schemas.has(target)) return [target];
  throw new SchemaError(`${at}/$ref`, `${JSON.stringify($ref)} leads to no schema within this one`);
}

/** What a reference such as `#/$defs/name` leads to; undefined: nothing within the schema. */
export function resolveReference(root: Schema, reference: string): Schema | boolean | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let value: unknown = root;
  for (const token of reference.slice(2).split('/').map(unescapeToken)) {
    if (token === null || typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return isSchema(value) || typeof value === 'boolean' ? value : undefined;
}

/** A token of a pointer in a URI fragment (RFC 6901 §6); null: it can't be read. */
function unescapeToken(token: string): string | null {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return null;
  }
}

function refuseCircles(targets: ReadonlyMap<Schema, readonly Schema[]>): void {
  const state = new Map<Schema, 'open' | 'done'>();
  const visit = (schema: Schema): void => {
    if (state.get(schema) === 'done') return;
    if (state.get(schema) === 'open') throw new SchemaError('', 'refers to itself without a step into the value');
    state.set(schema, 'open');
    targets.get(schema)?.forEach(visit);
    state.set(schema, 'done');
  };
  for (const schema of targets.keys()) visit(schema);
}

/**
 * The schema with its references rewritten for another document, in which it stands at `base` (`#/components/schemas/x`).
 * What names the document itself (`$id`, `$schema`) is left out.
 */
export function rebaseReferences(schema: Schema, base: string): Schema {
  const { $id: _id, $schema: _dialect, ...copy } = structuredClone(schema);
  rebase(copy, base);
  return copy;
}

function rebase(schema: Record<string, unknown>, base: string): void {
  if (typeof schema['$ref'] === 'string') schema['$ref'] = `${base}${schema['$ref'].slice(1)}`;
  for (const each of subschemas(schema)) rebase(each.schema as Record<string, unknown>, base);
}
