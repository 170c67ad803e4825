import { type DescField, type DescMessage, fromJson, type JsonValue } from '@bufbuild/protobuf';
import type { FieldChange } from '@gateway/contracts';
import { FormError } from './form-error';
import { type JsonName, type JsonPath, pointerOf } from './json-path';
import type { Change } from './step';

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*){0,15}$/i;

/** The members that a message's JSON has after some boundaries, as far as changes may name them. */
export class Shape {
  /** Pointers of what boundaries have added and taken away. */
  private readonly added = new Map<string, JsonPath>();
  private readonly gone = new Set<string>();

  constructor(private readonly message: DescMessage) {}

  /** Reads the changes of one boundary and applies them. @throws FormError */
  cross(changes: readonly FieldChange[]): Change[] {
    const read = changes.map((change) => this.read(change));
    const moved = read.filter(({ near, far }) => near !== far);
    for (const { near } of moved) if (near !== null) this.leave(pointerOf(near));
    for (const { far } of moved) if (far !== null) this.enter(far);
    return read;
  }

  private read({ field, as, removed, value }: FieldChange): Change {
    if (field === '' && as === '') throw this.error('a change names no field');
    if (removed && as !== '') throw this.error(`"${field}" is removed, and so can't be "${as}"`);
    const near = field === '' ? null : this.pathTo(field);
    const far = removed ? null : as === '' ? near : jsonPath(as, () => this.error(`"${as}" is not a field's name`));
    const ownParent = near !== far && far !== null && far.length > 1 && !this.has([far[0]!]);
    if (near !== far && far !== null && far.length > 1 && !ownParent && !this.holds(far.slice(0, -1)))
      throw this.error(`"${as}" lies in what isn't there`);
    return { near, far, value: value === '' ? undefined : this.valueOf(field, value), ownParent };
  }

  private valueOf(field: string, text: string): JsonValue {
    const value = parse(text);
    if (value === undefined) throw this.error(`the value of "${field}" is not JSON`);
    const items = Array.isArray(value) ? value : [value];
    if (items.some((item) => typeof item === 'object'))
      throw this.error(`the value of "${field}" is neither a scalar nor a list of scalars`);
    const leaf = fieldsOf(this.message, field.split('.'))?.at(-1);
    if (leaf !== undefined && !isValueOf(leaf, value)) throw this.error(`${text} is not a value of "${field}"`);
    return value;
  }

  private pathTo(field: string): JsonPath {
    const named = jsonPath(field, () => this.error(`"${field}" is not a field's name`));
    const added = this.added.get(pointerOf(named));
    if (added !== undefined) return added;
    const fields = fieldsOf(this.message, field.split('.'));
    const path = fields?.map(({ jsonName, name }) => ({ json: jsonName, proto: name }));
    if (path === undefined || this.isGone(path)) throw this.error(`there is no field "${field}"`);
    return path;
  }

  private has(path: JsonPath): boolean {
    const pointer = pointerOf(path);
    if (this.added.has(pointer)) return true;
    const names = path.map(({ proto }) => proto);
    return !this.isGone(path) && fieldsOf(this.message, names) !== null;
  }

  /** Whether members can be put there. */
  private holds(path: JsonPath): boolean {
    const names = path.map(({ proto }) => proto);
    return this.has(path) && fieldsOf(this.message, names)?.at(-1)?.fieldKind === 'message';
  }

  /** With a message goes what it holds. */
  private isGone(path: JsonPath): boolean {
    return path.some((_name, index) => this.gone.has(pointerOf(path.slice(0, index + 1))));
  }

  private leave(pointer: string): void {
    if (!this.added.delete(pointer) && this.gone.has(pointer)) throw this.error(`"${pointer}" is changed twice`);
    this.gone.add(pointer);
  }

  private enter(path: JsonPath): void {
    const pointer = pointerOf(path);
    if (this.has(path)) throw this.error(`"${path.map(({ proto }) => proto).join('.')}" is there already`);
    this.gone.delete(pointer);
    this.added.set(pointer, path);
  }

  private error(detail: string): FormError {
    return new FormError(this.message, detail);
  }
}

function jsonPath(text: string, refuse: () => FormError): JsonPath {
  if (!NAME.test(text)) throw refuse();
  return text.split('.').map(jsonNameOf);
}

/** Names of JSON as protobuf makes them of names of fields. */
const jsonNameOf = (proto: string): JsonName => ({
  proto,
  json: proto.replace(/_+([a-z0-9])?/gi, (_whole, letter: string | undefined) => letter?.toUpperCase() ?? ''),
});

/** The fields that names lead to, through singular messages; null: there are none. */
export function fieldsOf(message: DescMessage, names: readonly string[]): DescField[] | null {
  const fields: DescField[] = [];
  let at: DescMessage | undefined = message;
  for (const name of names) {
    const field: DescField | undefined = at?.fields.find((each) => each.name === name || each.jsonName === name);
    if (field === undefined) return null;
    fields.push(field);
    at = field.fieldKind === 'message' ? field.message : undefined;
  }
  return fields;
}

/** Whether a field can have a value, as it stands in JSON. */
function isValueOf({ parent, jsonName }: DescField, value: JsonValue): boolean {
  try {
    fromJson(parent, { [jsonName]: value });
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
