import type { FieldError } from '@gateway/errors';
import { checkKeywords, compileWith } from './dialect';
import { fieldErrors } from './field-errors';
import { checkReferences } from './references';
import { isSchema, type Schema } from './schema';
import { SchemaError } from './schema-error';

/** A schema that is ready to check values. */
export interface JsonSchema {
  readonly schema: Schema;
  /** What is wrong with a value of parsed JSON: at most 16 errors; null: nothing. Never throws. */
  check(value: unknown): FieldError[] | null;
}

/** Values of a document with more than this have only their first error told: finding all costs more than a right one. */
const FEW_VALUES = 256;

/**
 * Compiles a schema, strictly: 2020-12, formats checked, patterns in RE2's syntax, references within the schema only.
 * @throws SchemaError
 */
export function compileSchema(schema: unknown): JsonSchema {
  if (!isSchema(schema)) throw new SchemaError('', 'must be an object');
  checkKeywords(schema);
  checkReferences(schema);
  const [first, all] = [compiled(schema, false), compiled(schema, true)];
  return {
    schema,
    check(value) {
      if (first(value)) return null;
      const whole = isLarge(value) ? first : all;
      if (whole === all) all(value);
      return fieldErrors(whole.errors!);
    },
  };
}

function compiled(schema: Schema, all: boolean) {
  try {
    return compileWith(schema, all);
  } catch (cause) {
    throw new SchemaError('', (cause as Error).message.replace(/^strict mode: /, ''), { cause });
  }
}

function isLarge(value: unknown): boolean {
  let left = FEW_VALUES;
  const visit = (each: unknown): boolean => {
    if (--left < 0) return true;
    return typeof each === 'object' && each !== null && Object.values(each).some(visit);
  };
  return visit(value);
}
