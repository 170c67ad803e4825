import type { DescField } from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';

/** Longest part of a caller's key that an error repeats. */
const SHOWN_KEY = 128;

/**
 * The RFC 6901 pointer to a field in the proto JSON of its message. Where the JSON has no place of its own for what the
 * path leads to (a oneof, the inside of a `Timestamp` or a wrapper), it is that of the value around.
 */
export function jsonPointer(path: Path): string {
  let pointer = '';
  for (const step of path) {
    if (step.kind === 'oneof') return pointer;
    if (step.kind === 'field' && hasCustomJsonRepresentation(step.parent)) return pointer;
    pointer += `/${escapeToken(tokenOf(step))}`;
  }
  return pointer;
}

type Step = Exclude<Path[number], { kind: 'oneof' }>;

function tokenOf(step: Step): string {
  if (step.kind === 'field') return (step as DescField).jsonName;
  if (step.kind === 'extension') return `[${step.typeName}]`;
  return step.kind === 'list_sub' ? String(step.index) : String(step.key).slice(0, SHOWN_KEY);
}

/** RFC 6901 §3. */
const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
