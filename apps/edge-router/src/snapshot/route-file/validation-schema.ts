import { z } from 'zod';

/** Where a schema stands: in place, in a file (`{ file }`, relative to the route file) or on a server (`{ url }`). */
const schemaSource = z.record(z.string(), z.json()).superRefine((source, context) => {
  const reference = referenceOf(source);
  if (reference === null) return;
  const [[key, value]] = Object.entries(reference) as [[string, unknown]];
  const isUrl = key !== 'url' || (URL.canParse(String(value)) && String(value).startsWith('https://'));
  if (typeof value !== 'string' || value === '')
    context.addIssue({ code: 'custom', path: [key], message: 'is not a text' });
  else if (!isUrl) context.addIssue({ code: 'custom', path: [key], message: 'is not an https URL' });
});

/** What requests and responses of a plain HTTP route must be: JSON Schemas (2020-12). */
export const validation = z.strictObject({
  body: schemaSource.optional(),
  query: schemaSource.optional(),
  headers: schemaSource.optional(),
  response: schemaSource.optional(),
});

export type FileValidation = z.output<typeof validation>;
export type SchemaSource = z.output<typeof schemaSource>;

/** A reference of a source, or null: the schema itself. Nothing but the key makes it one, so that no schema is taken for it. */
export function referenceOf(source: Readonly<Record<string, unknown>>): SchemaReference | null {
  const keys = Object.keys(source);
  const isReference = keys.length === 1 && (keys[0] === 'file' || keys[0] === 'url');
  return isReference ? (source as SchemaReference) : null;
}

/** A schema that stands elsewhere. */
export type SchemaReference = { readonly file: string } | { readonly url: string };
