import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { type FieldPath, fieldPath, FieldPathError, leafOf } from './field-path';
import { isTextField } from './text-value';

/** Which part of a message a body is. */
export type BodyBinding =
  { readonly kind: 'none' } | { readonly kind: 'whole' } | { readonly kind: 'field'; readonly field: DescField };

/**
 * The binding of `body` and `response_body`: '' none, '*' the whole message, else a top-level field.
 * @throws FieldPathError
 */
export function bodyBinding(message: DescMessage, name: string): BodyBinding {
  if (name === '') return { kind: 'none' };
  if (name === '*') return { kind: 'whole' };
  return { kind: 'field', field: leafOf(fieldPath(message, [name])) };
}

/**
 * The field that a variable of the path sets: singular, and writable as text.
 * @throws FieldPathError
 */
export function pathBinding(message: DescMessage, names: readonly string[]): FieldPath {
  const path = fieldPath(message, names);
  if (!isTextField(leafOf(path)))
    throw new FieldPathError(`${message.typeName}.${names.join('.')} cannot be bound by a path`);
  return path;
}
