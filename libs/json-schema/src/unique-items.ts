import type { FuncKeywordDefinition } from 'ajv';

/** `uniqueItems` in linear time: Ajv's own compares each item with each other one. */
export const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  validate: (wanted: boolean, items: readonly unknown[]) => !wanted || areUnique(items),
  error: { message: 'must NOT have duplicate items' },
};

const areUnique = (items: readonly unknown[]): boolean => new Set(items.map(canonical)).size === items.length;

/** A text that is equal for equal JSON, whatever the order of names (JSON Schema, core §4.2.2). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join()}}`;
}
