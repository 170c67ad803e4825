/** What JSON holds. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** What fits in a line of a terminal. */
const WIDTH = 110;

/** A value under its name, indented by its depth: in one line if it fits, else its parts in lines below. */
export function branch(name: string, value: Json, depth = 1): string[] {
  const indent = '  '.repeat(depth);
  const line = `${indent}${name}: ${inline(value)}`;
  if (line.length <= WIDTH || value === null || typeof value !== 'object') return [line];
  const parts = Array.isArray(value)
    ? value.map((each, index): [string, Json] => [String(index + 1), each])
    : Object.entries(value as Record<string, Json>);
  return [`${indent}${name}:`, ...parts.flatMap(([key, each]) => branch(key, each, depth + 1))];
}

/** A value without JSON's quotes: it is for people. */
function inline(value: Json | undefined): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(grouped).join(', ');
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries.length === 0 ? 'none' : entries.map(([name, each]) => `${name} ${grouped(each!)}`).join(', ');
}

/** Inside another value, several things stand in brackets. */
const grouped = (value: Json): string =>
  value !== null && typeof value === 'object' && Object.keys(value).length > 0 ? `[${inline(value)}]` : inline(value);
