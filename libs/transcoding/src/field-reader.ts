import { type DescEnum, type DescField, type DescMessage, type Message, toJson } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { base64Encode } from '@bufbuild/protobuf/wire';
import { fieldPath, FieldPathError, leafOf } from './field-path';
import { isTextField } from './text-value';

/** Reads one field of a message as text; undefined when it isn't set. */
export type FieldReader = (message: Message) => string | undefined;

type Values = Record<string, unknown>;
type Read = (values: Values) => unknown;

/**
 * Compiles a reader of a singular scalar, enum or text-like field (`project_id`, `parent.name`), for keys, templates and
 * events. Text is as in proto JSON: enums by name, bytes in base64, times in RFC 3339. A scalar without presence that
 * isn't set reads as its default.
 * @throws FieldPathError when there is no such field, or it has no text
 */
export function compileFieldReader(message: DescMessage, name: string): FieldReader {
  const path = fieldPath(message, name.split('.'));
  const leaf = leafOf(path);
  if (!isTextField(leaf)) throw new FieldPathError(`${message.typeName}.${name} has no text`);
  const steps = path.map(stepInto);
  const write = textWriter(leaf);
  return (root) => {
    let current: unknown = root;
    for (const step of steps) if ((current = step(current as Values)) === undefined) return undefined;
    return write(current);
  };
}

/** Whether {@link compileFieldReader} can read that field. */
export function hasFieldText(message: DescMessage, name: string): boolean {
  try {
    compileFieldReader(message, name);
    return true;
  } catch {
    return false;
  }
}

function stepInto({ localName, oneof }: DescField): Read {
  if (oneof === undefined) return (values) => values[localName];
  return (values) => {
    const chosen = values[oneof.localName] as { case?: string; value?: unknown };
    return chosen.case === localName ? chosen.value : undefined;
  };
}

function textWriter({ message, enum: values }: DescField): (value: unknown) => string {
  if (values !== undefined) return (value) => enumName(values, value as number);
  // A wrapper is held as its bare value, except in a oneof.
  if (message === undefined || isWrapperDesc(message)) return (value) => scalarText(unwrap(value));
  return (value) => String(toJson(message, value as Message));
}

const enumName = ({ value }: DescEnum, number: number): string => value[number]?.name ?? String(number);

const unwrap = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'value' in value ? value.value : value;

const scalarText = (value: unknown): string => (value instanceof Uint8Array ? base64Encode(value) : String(value));
