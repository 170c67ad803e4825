import type { JsonValue } from '@bufbuild/protobuf';
import type { RE2JS } from 're2js';

/** What a value must be. All that is given must hold. */
export interface Condition {
  readonly equals?: JsonValue;
  readonly in?: readonly JsonValue[];
  readonly matches?: RE2JS;
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  readonly present?: boolean;
}

/** Whether a value is what a condition says; a field that isn't set has its default. */
export function holds(condition: Condition, value: JsonValue | undefined): boolean {
  const { equals, in: among, matches, gt, gte, lt, lte, present } = condition;
  if (present !== undefined && present !== (value !== undefined)) return false;
  if (equals !== undefined && !isEqual(equals, value)) return false;
  if (among !== undefined && !among.some((each) => isEqual(each, value))) return false;
  if (matches !== undefined && !matches.test(textOf(value))) return false;
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) return true;
  const number = Number(value ?? 0);
  if (gt !== undefined && !(number > gt)) return false;
  if (gte !== undefined && !(number >= gte)) return false;
  if (lt !== undefined && !(number < lt)) return false;
  return lte === undefined || number <= lte;
}

/** Scalars by their text, since proto JSON writes 64-bit integers as text; anything else by its JSON. */
function isEqual(expected: JsonValue, value: JsonValue | undefined): boolean {
  if (value === undefined) return expected === '' || expected === 0 || expected === false || expected === null;
  return textOf(expected) === textOf(value);
}

const textOf = (value: JsonValue | undefined): string => {
  if (value === undefined) return '';
  return typeof value === 'object' && value !== null ? JSON.stringify(ordered(value)) : String(value);
};

function ordered(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, ordered(each)]));
}
