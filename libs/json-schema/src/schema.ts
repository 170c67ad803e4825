/** A JSON Schema (2020-12) as parsed JSON. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** Whether a value is an object: everything that isn't one can't have keywords. */
export const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
