import type { DescField, DescMessage } from '@bufbuild/protobuf';

/** A binding or policy that doesn't fit its message. The message names the type and the field. */
export class FieldPathError extends Error {
  override readonly name = 'FieldPathError';
}

/** A field reached from a message, outermost first: `a.b` is `[a, b]`. */
export type FieldPath = readonly [DescField, ...DescField[]];

/** Deeper paths are refused: no API needs them, and each level costs a look-up. */
const MAX_DEPTH = 16;

/** The field of a message by its proto name or its JSON name. */
export function fieldOf(message: DescMessage, name: string): DescField | undefined {
  return message.fields.find((field) => field.name === name || field.jsonName === name);
}

/** The field that dotted proto or JSON names lead to, through singular messages; undefined when there is none. */
export function findFieldPath(message: DescMessage, names: readonly string[]): FieldPath | undefined {
  if (names.length > MAX_DEPTH) return undefined;
  const path: DescField[] = [];
  let parent: DescMessage | undefined = message;
  for (const name of names) {
    const field: DescField | undefined = parent && fieldOf(parent, name);
    if (field === undefined) return undefined;
    path.push(field);
    parent = field.fieldKind === 'message' ? field.message : undefined;
  }
  return path as [DescField, ...DescField[]];
}

/** As {@link findFieldPath}, but a missing field is an error. */
export function fieldPath(message: DescMessage, names: readonly string[]): FieldPath {
  const path = findFieldPath(message, names);
  if (path === undefined) throw new FieldPathError(`${message.typeName} has no field "${names.join('.')}"`);
  return path;
}

/** The last field of a path. */
export const leafOf = (path: FieldPath): DescField => path[path.length - 1]!;
