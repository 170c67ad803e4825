import { statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { makeField, refuse, type Field, type FieldOptions, type Value } from './field';

const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

/** A file that exists, as an absolute path. */
export const file = <const O extends FieldOptions<string>>(env: string, options: O): Field<Value<string, O>> => {
  const parse = (raw: string): string => (statOf(raw)?.isFile() ? resolve(raw) : refuse(`"${raw}" is not a file`));
  return makeField<string, O>(env, { type: 'file', parse }, options);
};

/** A folder that exists, as an absolute path; with `create: true` it may be missing: the app makes it. */
export const folder = <const O extends FieldOptions<string> & { create?: true }>(
  env: string,
  options: O,
): Field<Value<string, O>> => {
  const parse = (raw: string): string => {
    const found = statOf(raw);
    const fits = found === undefined ? options.create === true : found.isDirectory();
    return fits ? resolve(raw) : refuse(`"${raw}" is not a folder`);
  };
  return makeField<string, O>(env, { type: 'folder', parse }, options);
};

/** A file or a folder that exists, as an absolute path. */
export const path = <const O extends FieldOptions<string>>(env: string, options: O): Field<Value<string, O>> => {
  const parse = (raw: string): string => (statOf(raw) ? resolve(raw) : refuse(`"${raw}" does not exist`));
  return makeField<string, O>(env, { type: 'file or folder', parse }, options);
};

/** What checks JSON: a zod schema, or anything with its `safeParse`. */
export interface JsonSchema<T> {
  safeParse(
    input: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/** A JSON document that fits `schema`; every mismatch is a problem of its own. */
export const json = <T, const O extends FieldOptions<T> = FieldOptions<T>>(
  env: string,
  schema: JsonSchema<T>,
  options: O,
): Field<Value<T, O>> => {
  const parse = (raw: string): T => {
    const result = schema.safeParse(parseJson(raw));
    if (result.success) return result.data;
    return refuse(...result.error.issues.map((issue) => `at /${issue.path.map(String).join('/')}: ${issue.message}`));
  };
  return makeField<T, O>(env, { type: 'JSON', parse, show: (value) => JSON.stringify(value) }, options);
};

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return refuse('is not JSON');
  }
}
