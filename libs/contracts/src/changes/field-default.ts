import type { AnyField } from './field-type';

/** What a reader takes for a field that isn't there, as text; zero, false and nothing are one. Null: there is no such value. */
export function defaultOf(field: AnyField): string | null {
  if (field.fieldKind === 'enum') return textOf(field.getDefaultValue() ?? field.enum.values[0]!.number);
  return field.fieldKind === 'scalar' ? textOf(field.getDefaultValue()) : null;
}

function textOf(value: string | number | bigint | boolean | Uint8Array | undefined): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'string') return value === '' ? '' : JSON.stringify(value);
  return value ? String(value) : '';
}

/** Whether the schema says a default itself, which proto3 doesn't have. */
export const hasOwnDefault = ({ proto: { defaultValue } }: AnyField): boolean => defaultValue !== '';
