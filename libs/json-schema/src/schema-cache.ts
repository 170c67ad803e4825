import { createHash } from 'node:crypto';
import { compileSchema, type JsonSchema } from './compile-schema';
import type { Schema } from './schema';

/** More schemas than the routes of one edge have. */
const REMEMBERED = 1_024;

/** Schemas by the digest of their text, each compiled once: a reload compiles what has changed. */
export class SchemaCache {
  private readonly compiled = new Map<string, JsonSchema>();

  /** @param remembered how many are kept */
  constructor(private readonly remembered = REMEMBERED) {}

  /**
   * The compiled schema.
   * @throws SchemaError
   */
  compile(schema: Schema): JsonSchema {
    const digest = createHash('sha256').update(JSON.stringify(schema)).digest('base64url');
    const compiled = this.compiled.get(digest) ?? compileSchema(schema);
    // Again at the end: what was asked for last is kept longest.
    this.compiled.delete(digest);
    this.compiled.set(digest, compiled);
    if (this.compiled.size > this.remembered) this.compiled.delete(this.compiled.keys().next().value!);
    return compiled;
  }
}
