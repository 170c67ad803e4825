import type { DescField, DescMessage } from '@bufbuild/protobuf';

/**
 * The fields along a dotted path of proto names, such as `project.owner_id`; null when there is no such path.
 * Only the last one may be repeated or a map: what lies beyond would have no single value.
 */
export function fieldPath(message: DescMessage, path: string): DescField[] | null {
  const fields: DescField[] = [];
  let at: DescMessage | undefined = message;
  for (const name of path.split('.')) {
    const field: DescField | undefined = at?.fields.find((each) => each.name === name);
    if (!field) return null;
    fields.push(field);
    at = field.fieldKind === 'message' ? field.message : undefined;
  }
  return fields;
}

/** Whether the path names a field with a value that has one text: a scalar or an enum. */
export function isScalarPath(message: DescMessage, path: string): boolean {
  const kind = fieldPath(message, path)?.at(-1)?.fieldKind;
  return kind === 'scalar' || kind === 'enum';
}

/**
 * The names in a template such as `project:{project_id}`, in their order; null when its braces don't match.
 * In a path template the name ends at `=`: `{name=projects/*}`.
 */
export function templateNames(template: string): string[] | null {
  const names: string[] = [];
  for (const part of template.split('{').slice(1)) {
    const end = part.indexOf('}');
    if (end < 0) return null;
    names.push(part.slice(0, end).split('=', 1)[0]!);
  }
  const closing = template.split('}').length - 1;
  return closing === names.length && names.every((name) => /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/i.test(name))
    ? names
    : null;
}
