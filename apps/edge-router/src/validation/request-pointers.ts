import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { FieldError } from '@gateway/errors';
import type { JsonForm } from '@gateway/versioning';

/** Which part of a request each field of its message came from. */
export interface RequestShape {
  readonly input: DescMessage;
  /** Field paths of the template's variables. */
  readonly variables: readonly (readonly string[])[];
  /** '' none, '*' the whole message, else a top-level field. */
  readonly body: string;
  /** What the body looks like; null: the message's JSON. */
  readonly form?: Pick<JsonForm, 'locate'> | null;
}

/**
 * Turns a pointer into the request message into one that the caller knows: into the body, `path/<name>` or
 * `query/<name>`, as decoding says it.
 */
export function requestPointers({ input, variables, body, form }: RequestShape): (error: FieldError) => FieldError {
  const paths = variables.map((names) => ({ names: names.join('.'), pointer: pointerOf(input, names) }));
  const bodyPointer = body === '' || body === '*' ? '' : pointerOf(input, [body]);
  const inBody = (pointer: string): string => form?.locate(pointer) ?? pointer;
  const locate = (pointer: string): string => {
    const path = paths.find((each) => isWithin(pointer, each.pointer));
    if (path !== undefined) return `path/${path.names}`;
    if (body === '*' || pointer === '') return inBody(pointer);
    if (body !== '' && isWithin(pointer, bodyPointer)) return inBody(pointer.slice(bodyPointer.length));
    return `query/${queryName(pointer)}`;
  };
  return ({ pointer, rule, detail }) => ({ pointer: locate(pointer), rule, detail });
}

/** The pointer to a field in the JSON of a message. Routes with names that lead nowhere don't get here. */
function pointerOf(message: DescMessage, names: readonly string[]): string {
  let parent: DescMessage | undefined = message;
  return names
    .map((name) => {
      const field: DescField = parent!.fields.find((each) => each.name === name || each.jsonName === name)!;
      parent = field.message;
      return `/${field.jsonName}`;
    })
    .join('');
}

const isWithin = (pointer: string, outer: string): boolean => pointer === outer || pointer.startsWith(`${outer}/`);

/** A parameter has the names of fields only: the items of a list share it. */
const queryName = (pointer: string): string =>
  pointer
    .split('/')
    .filter((token) => token !== '' && !/^\d+$/.test(token))
    .join('.');
