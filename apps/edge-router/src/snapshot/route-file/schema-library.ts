import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSchema, type JsonSchema, type Schema, SchemaCache } from '@gateway/json-schema';
import { parseDocument } from 'yaml';
import type { SchemaReference, SchemaSource } from './validation-schema';
import { referenceOf } from './validation-schema';

/** A larger text is no schema, in bytes. */
export const MAX_SCHEMA_BYTES = 256 * 1024;

/** What a schema at a URL was when it was last fetched. */
export interface FetchedSchemas {
  /**
   * The text at the URL.
   * @throws Error when it was never fetched
   */
  text(url: string): string;
}

/** Nothing is fetched: for checks of a file that mustn't reach for the network. Any value passes such a schema. */
export const UNFETCHED: FetchedSchemas = { text: () => '{}' };

/** The schemas of a route file. Each is compiled once, over all readings of the file. */
export class SchemaLibrary {
  private readonly cache = new SchemaCache();
  private named = new Set<string>();

  /** @param routesFile files of schemas are relative to it */
  constructor(
    private readonly routesFile: string,
    private readonly fetched: FetchedSchemas,
  ) {}

  /** The files that were read since the last call. */
  takeFiles(): string[] {
    const files = [...this.named];
    this.named = new Set();
    return files;
  }

  /**
   * The schema of a source.
   * @throws SchemaError, or Error when the source can't be read
   */
  compile(source: SchemaSource): JsonSchema {
    const reference = referenceOf(source);
    return this.cache.compile(reference === null ? source : parse(this.textOf(reference)));
  }

  private textOf(reference: SchemaReference): string {
    if ('url' in reference) return this.fetched.text(reference.url);
    const path = resolve(dirname(this.routesFile), reference.file);
    this.named.add(path);
    // The message of an error of the file system has the path.
    if (statSync(path).size > MAX_SCHEMA_BYTES) throw new Error(`${path} is larger than ${MAX_SCHEMA_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  }
}

/** JSON is YAML, too. */
function parse(text: string): Schema {
  const document = parseDocument(text, { version: '1.2', strict: true, uniqueKeys: true });
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) throw new Error(wrong.message.split('\n')[0]!);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (isSchema(value)) return value;
  throw new Error('is not an object');
}
