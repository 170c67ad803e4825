import { resolve, type Schema } from './schema-check';

/** Values by the name of a parameter or property, for what can't be guessed. */
export type Known = Readonly<Record<string, unknown>>;

/** A value that a schema allows: the known one of that name, or the simplest one. */
export function valueFor(document: object, schema: Schema, name: string, known: Known): unknown {
  if (name in known) return known[name];
  if (schema.$ref !== undefined) return valueFor(document, resolve<Schema>(document, schema.$ref), name, known);
  if (schema.enum !== undefined) return schema.enum.at(-1);
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, each]) => [key, valueFor(document, each, key, known)]),
      );
    case 'array':
      return [valueFor(document, schema.items ?? {}, name, known)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return textFor(schema, name);
  }
}

function textFor({ format, minLength = 0, maxLength = Infinity }: Schema, name: string): string {
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  if (format === 'int64' || format === 'uint64') return '7';
  return `some ${name}`.padEnd(minLength, '.').slice(0, maxLength);
}
