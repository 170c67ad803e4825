import { compileFieldReader } from '@gateway/transcoding';
import { decodeCapture } from '@gateway/route-table';
import type { RequestContext } from './context';
import { type Route, streamingOf } from './route';

/** Reads a field of the request as text; undefined when it isn't set. */
export type ReadField = (context: RequestContext) => string | undefined;

/** A field that the path binds: known as soon as the route is. Null: the path doesn't bind it. */
export function pathField({ template }: Route, name: string): ReadField | null {
  const index = template.variables.findIndex(({ path }) => path.join('.') === name);
  const variable = template.variables[index];
  if (variable === undefined) return null;
  return ({ captures }) => decodeCapture(variable, captures[index]!) ?? undefined;
}

/**
 * A field of the request: of the message when the request has one (call it below `decode`), else a variable of the path.
 * @throws FieldPathError when there is no such field
 */
export function requestField(route: Route, name: string): ReadField {
  if (route.target.kind !== 'grpc' || streamingOf(route.target)?.client === true)
    return pathField(route, name) ?? (() => undefined);
  const read = compileFieldReader(route.target.method.input, name);
  return ({ message }) => (message === null ? undefined : read(message));
}

/** A text with the values of fields in it, such as `project:{project_id}`. */
export type ExpandTemplate<T> = (from: T) => string;

/**
 * Compiles such a text; an unset field is empty.
 * @param fieldOf gives the reader of a name
 */
export function compileText<T>(
  text: string,
  fieldOf: (name: string) => (from: T) => string | undefined,
): ExpandTemplate<T> {
  // Odd parts are names.
  const parts = text.split(/\{([^{}]*)\}/);
  const readers = parts.map((part, index) => (index % 2 === 1 ? fieldOf(part) : () => part));
  return (from) => readers.map((read) => read(from) ?? '').join('');
}
