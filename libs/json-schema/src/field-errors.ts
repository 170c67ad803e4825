import type { ErrorObject } from 'ajv';
import type { FieldError } from '@gateway/errors';

/** Broken rules that one answer reports. */
const MAX_ERRORS = 16;
/** Longest part of a caller's key that an error repeats. */
const SHOWN_KEY = 128;

/** What Ajv found, for callers: where (RFC 6901), which keyword, and why. */
export const fieldErrors = (errors: readonly ErrorObject[]): FieldError[] =>
  errors.slice(0, MAX_ERRORS).map(fieldError);

function fieldError({ instancePath, keyword, params, message }: ErrorObject): FieldError {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<string, string | undefined>;
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  const pointer = instancePath.split('/').map(shown).join('/');
  return {
    pointer: name === undefined ? pointer : `${pointer}/${shown(escaped(name))}`,
    rule: keyword,
    detail: message!,
  };
}

const shown = (token: string): string => token.slice(0, SHOWN_KEY);

/** RFC 6901 §3. */
const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
