import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { FORMATS } from './formats';
import { linearPatterns } from './patterns';
import type { Schema } from './schema';
import { SchemaError } from './schema-error';
import { uniqueItems } from './unique-items';

/** Annotations of OpenAPI that are no keywords of JSON Schema. */
const ANNOTATIONS = ['discriminator', 'example', 'externalDocs', 'xml'];

/** The dialect that everybody may name; another one isn't understood. */
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Says what a schema may look like. Made once: compiling the schema of schemas takes 100 ms. */
let meta: Ajv2020 | null = null;

/**
 * Checks a schema against the schema of schemas.
 * @throws SchemaError
 */
export function checkKeywords(schema: Schema): void {
  const { $schema = DIALECT } = schema;
  if ($schema !== DIALECT) throw new SchemaError('/$schema', `must be ${DIALECT}`);
  meta ??= new Ajv2020({ strict: true });
  if (meta.validateSchema(schema as AnySchemaObject) === true) return;
  const [first] = meta.errors as ErrorObject[];
  throw new SchemaError(first!.instancePath, first!.message!);
}

/**
 * Compiles a schema that {@link checkKeywords} has accepted. Each with an instance of its own, which is gone with it.
 * @param all whether all that is wrong is found, or only the first
 * @throws Error for unknown keywords and formats, and for patterns that aren't RE2's
 */
export function compileWith(schema: Schema, all: boolean): ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    // `required` beside `allOf` names what stands elsewhere, and `["string", "null"]` is how 2020-12 says nullable.
    strictRequired: false,
    allowUnionTypes: true,
    // `toString` isn't a property of every body.
    ownProperties: true,
    allErrors: all,
    meta: false,
    validateSchema: false,
    formats: FORMATS,
    code: { regExp: linearPatterns },
  });
  ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems).addVocabulary(ANNOTATIONS);
  return ajv.compile(schema as AnySchemaObject);
}
