import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { fieldValue } from './field-value';

/** What templates are filled from. */
export interface TemplateValues {
  readonly request: JsonObject;
  /** Counts the session's calls that the rule is for, from 1. */
  readonly call: number;
  readonly session: string;
  readonly state: string;
}

const NAME = /\{(request(?:\.[A-Za-z_]\w*)+|call|session|state)\}/g;
const ANY_BRACES = /\{([^{}]*)\}/g;

/** The names in the texts of a value that a template doesn't have. */
export function unknownNames(value: JsonValue): string[] {
  if (typeof value === 'string')
    return [...value.matchAll(ANY_BRACES)].filter(([all]) => all.search(NAME) < 0).map(([all]) => all);
  if (Array.isArray(value)) return value.flatMap(unknownNames);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(unknownNames) : [];
}

/**
 * Fills `{request.item_id}`, `{call}`, `{session}` and `{state}` in the texts of a value. A text that is nothing else becomes
 * the value itself, whatever its type.
 */
export function fillTemplate(value: JsonValue, values: TemplateValues): JsonValue {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((each) => fillTemplate(each, values));
  return typeof value === 'object' && value !== null ? fillObject(value, values) : value;
}

/** As {@link fillTemplate}, for an object. */
export const fillObject = (value: JsonObject, values: TemplateValues): JsonObject =>
  Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fillTemplate(each, values)]));

function fillText(text: string, values: TemplateValues): JsonValue {
  const [only] = [...text.matchAll(NAME)];
  if (only?.[0] === text) return valueOf(only[1]!, values) ?? '';
  return text.replace(NAME, (_all, name: string) => {
    const value = valueOf(name, values) ?? '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

function valueOf(name: string, { request, call, session, state }: TemplateValues): JsonValue | undefined {
  if (name === 'call') return call;
  if (name === 'session') return session;
  if (name === 'state') return state;
  return fieldValue(request, name.split('.').slice(1));
}
