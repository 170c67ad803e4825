import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import type { BreakingRule } from './contract-change';
import { defaultOf, hasOwnDefault } from './field-default';
import { type AnyField, isCompatibleType, keyTypeOf, nameOfType, typeOf, valueTypeOf } from './field-type';

/** What a field breaks. */
export interface FieldBreak {
  readonly rule: BreakingRule;
  readonly detail: string;
}

/** What differs between two fields of one number, so that bytes or JSON of the one aren't the other's. */
export function fieldBreaks(before: AnyField, after: AnyField): FieldBreak[] {
  return CHECKS.flatMap((check) => check(before, after));
}

type FieldCheck = (before: AnyField, after: AnyField) => FieldBreak[];

const CHECKS: readonly FieldCheck[] = [
  (before, after) => differs('FIELD_SAME_NAME', 'name', nameOf(before), nameOf(after)),
  (before, after) => differs('FIELD_SAME_JSON_NAME', 'JSON name', jsonNameOf(before), jsonNameOf(after)),
  (before, after) => differs('FIELD_SAME_ONEOF', 'oneof', oneofOf(before), oneofOf(after)),
  (before, after) =>
    differs('FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY', 'cardinality', cardinalityOf(before), cardinalityOf(after)),
  typeBreaks,
  defaultBreaks,
];

const differs = (rule: BreakingRule, what: string, before: string, after: string): FieldBreak[] =>
  before === after ? [] : [{ rule, detail: `its ${what} was ${before} and is ${after}` }];

const nameOf = (field: AnyField): string => (field.kind === 'extension' ? field.typeName : field.name);

/** An extension has none of its own: in JSON it goes by its name. */
const jsonNameOf = (field: AnyField): string => (field.kind === 'extension' ? '' : field.jsonName);

const oneofOf = ({ oneof }: AnyField): string => oneof?.name ?? 'none';

/** One with presence and one without are alike: neither bytes nor JSON tell them apart. */
function cardinalityOf({ fieldKind, presence }: AnyField): string {
  if (fieldKind === 'map') return 'map';
  if (fieldKind === 'list') return 'repeated';
  return presence === Presence.LEGACY_REQUIRED ? 'required' : 'optional';
}

function typeBreaks(before: AnyField, after: AnyField): FieldBreak[] {
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

function defaultBreaks(before: AnyField, after: AnyField): FieldBreak[] {
  if (!hasOwnDefault(before) && !hasOwnDefault(after)) return [];
  const [was, is] = [defaultOf(before), defaultOf(after)];
  return was === null || is === null ? [] : differs('FIELD_SAME_DEFAULT', 'default', was || 'zero', is || 'zero');
}
