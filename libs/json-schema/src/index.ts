export { compileSchema, type JsonSchema } from './compile-schema';
export { checkKeywords } from './dialect';
export { type ParameterSchema, parameterSchema, type ParameterTexts } from './parameter-schema';
export { rebaseReferences } from './references';
export { isSchema, type Schema } from './schema';
export { SchemaCache } from './schema-cache';
export { SchemaError } from './schema-error';
