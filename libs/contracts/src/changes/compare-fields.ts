import type { DescField } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import type { BreakingRule } from './contract-change';
import { defaultOf, hasOwnDefault } from './field-default';
import { isCompatibleType, keyTypeOf, nameOfType, typeOf, valueTypeOf } from './field-type';

/** What a field breaks. */
export interface FieldBreak {
  readonly rule: BreakingRule;
  readonly detail: string;
}

/** What differs between two fields of one number, so that bytes or JSON of the one aren't the other's. */
export function fieldBreaks(before: DescField, after: DescField): FieldBreak[] {
  return CHECKS.flatMap((check) => check(before, after));
}

type FieldCheck = (before: DescField, after: DescField) => FieldBreak[];

const CHECKS: readonly FieldCheck[] = [
  (before, after) => differs('FIELD_SAME_NAME', 'name', before.name, after.name),
  (before, after) => differs('FIELD_SAME_JSON_NAME', 'JSON name', before.jsonName, after.jsonName),
  (before, after) => differs('FIELD_SAME_ONEOF', 'oneof', oneofOf(before), oneofOf(after)),
  (before, after) =>
    differs('FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY', 'cardinality', cardinalityOf(before), cardinalityOf(after)),
  typeBreaks,
  defaultBreaks,
];

const differs = (rule: BreakingRule, what: string, before: string, after: string): FieldBreak[] =>
  before === after ? [] : [{ rule, detail: `its ${what} was ${before} and is ${after}` }];

const oneofOf = ({ oneof }: DescField): string => oneof?.name ?? 'none';

/** One with presence and one without are alike: neither bytes nor JSON tell them apart. */
function cardinalityOf({ fieldKind, presence }: DescField): string {
  if (fieldKind === 'map') return 'map';
  if (fieldKind === 'list') return 'repeated';
  return presence === Presence.LEGACY_REQUIRED ? 'required' : 'optional';
}

function typeBreaks(before: DescField, after: DescField): FieldBreak[] {
  const pairs: [string, ReturnType<typeof typeOf>, ReturnType<typeof typeOf>][] =
    before.fieldKind === 'map' && after.fieldKind === 'map'
      ? [
          ['type of keys', keyTypeOf(before), keyTypeOf(after)],
          ['type of values', valueTypeOf(before), valueTypeOf(after)],
        ]
      : [['type', typeOf(before), typeOf(after)]];
  return pairs
    .filter(([, was, is]) => !isCompatibleType(was, is))
    .map(([what, was, is]) => ({
      rule: 'FIELD_WIRE_JSON_COMPATIBLE_TYPE',
      detail: `its ${what} was ${nameOfType(was)} and is ${nameOfType(is)}`,
    }));
}

function defaultBreaks(before: DescField, after: DescField): FieldBreak[] {
  if (!hasOwnDefault(before) && !hasOwnDefault(after)) return [];
  const [was, is] = [defaultOf(before), defaultOf(after)];
  return was === null || is === null ? [] : differs('FIELD_SAME_DEFAULT', 'default', was || 'zero', is || 'zero');
}
