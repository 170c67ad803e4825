import { type DescField, type DescOneof, getOption, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import {
  type FieldRules,
  field as fieldRules,
  Ignore,
  oneof as oneofRules,
  type StringRules,
} from '@gateway/contracts/gen/buf/validate/validate_pb.js';
import { defined } from './json';

/** Well-known strings of protovalidate and their formats in JSON Schema. */
const FORMATS: Readonly<Record<string, string>> = {
  email: 'email',
  hostname: 'hostname',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  uri: 'uri',
  uriRef: 'uri-reference',
  uuid: 'uuid',
};

/** The rules of a field (buf.validate.field), or undefined. Options that can't be read are none: they are refused elsewhere. */
export function rulesOf(field: DescField): FieldRules | undefined {
  try {
    const rules = getOption(field, fieldRules);
    return rules.ignore === Ignore.ALWAYS ? undefined : rules;
  } catch {
    return undefined;
  }
}

/** Whether one field of the oneof must be there. */
export function isRequiredOneof(oneof: DescOneof): boolean {
  try {
    return getOption(oneof, oneofRules).required;
  } catch {
    return false;
  }
}

/** What JSON Schema can say of the rules. What it can't (CEL, bounds of 64-bit integers) is left out. */
export function ruleKeywords(rules: FieldRules | undefined, field?: DescField): JsonObject {
  const type = rules?.type;
  switch (type?.case) {
    case 'string':
      return stringKeywords(type.value);
    case 'bytes':
    case 'bool':
    case 'timestamp':
    case 'duration':
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
    case undefined:
      return {};
    case 'repeated':
      return defined({
        minItems: positive(type.value.minItems),
        maxItems: positive(type.value.maxItems),
        uniqueItems: type.value.unique ? true : undefined,
      });
    case 'map':
      return defined({ minProperties: positive(type.value.minPairs), maxProperties: positive(type.value.maxPairs) });
    case 'enum':
      return enumKeywords(type.value, field);
    case 'int32':
    case 'uint32':
    case 'sint32':
    case 'fixed32':
    case 'sfixed32':
    case 'float':
    case 'double':
      return numberKeywords(type.value);
    default:
      return {};
  }
}

/** Whether the rules refuse a field that isn't there, so that a request must have it. */
export function isRequired(field: DescField): boolean {
  const rules = rulesOf(field);
  if (rules === undefined) return false;
  if (rules.required) return true;
  // With presence of its own a field that is absent isn't checked.
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT || rules.ignore === Ignore.IF_ZERO_VALUE) return false;
  const keywords = ruleKeywords(rules, field);
  const atLeast = (name: string, bound: number): boolean => Number(keywords[name] ?? bound) > bound;
  return (
    atLeast('minLength', 0) ||
    atLeast('minItems', 0) ||
    atLeast('minProperties', 0) ||
    atLeast('minimum', 0) ||
    Number(keywords['exclusiveMinimum'] ?? -1) >= 0 ||
    ['email', 'uuid', 'uri', 'hostname', 'ipv4', 'ipv6'].includes(String(keywords['format']))
  );
}

function stringKeywords(rules: StringRules): JsonObject {
  const length = positive(rules.len);
  const { pattern, prefix, suffix, wellKnown } = rules;
  const affix = prefix !== '' ? `^${escaped(prefix)}` : suffix !== '' ? `${escaped(suffix)}$` : undefined;
  return defined({
    const: rules.const === '' ? undefined : rules.const,
    minLength: length ?? positive(rules.minLen),
    maxLength: length ?? positive(rules.maxLen),
    pattern: pattern === '' ? affix : pattern,
    enum: rules.in.length === 0 ? undefined : [...rules.in],
    not: rules.notIn.length === 0 ? undefined : { enum: [...rules.notIn] },
    format: wellKnown.case === undefined ? undefined : FORMATS[wellKnown.case],
    examples: rules.example.length === 0 ? undefined : [...rules.example],
  });
}

interface NumberRules {
  readonly const: number;
  readonly lessThan: { readonly case?: 'lt' | 'lte' | undefined; readonly value?: number | undefined };
  readonly greaterThan: { readonly case?: 'gt' | 'gte' | undefined; readonly value?: number | undefined };
  readonly in: readonly number[];
  readonly notIn: readonly number[];
  readonly example: readonly number[];
}

function numberKeywords({ lessThan, greaterThan, ...rules }: NumberRules): JsonObject {
  return defined({
    minimum: greaterThan.case === 'gte' ? greaterThan.value : undefined,
    exclusiveMinimum: greaterThan.case === 'gt' ? greaterThan.value : undefined,
    maximum: lessThan.case === 'lte' ? lessThan.value : undefined,
    exclusiveMaximum: lessThan.case === 'lt' ? lessThan.value : undefined,
    const: rules.const === 0 ? undefined : rules.const,
    enum: rules.in.length === 0 ? undefined : [...rules.in],
    not: rules.notIn.length === 0 ? undefined : { enum: [...rules.notIn] },
    examples: rules.example.length === 0 ? undefined : [...rules.example],
  });
}

function enumKeywords(rules: { in: readonly number[]; notIn: readonly number[] }, field?: DescField): JsonObject {
  const names = (numbers: readonly number[]): JsonValue[] =>
    numbers.map((number) => field?.enum?.value[number]?.name ?? number);
  return defined({
    enum: rules.in.length === 0 ? undefined : names(rules.in),
    not: rules.notIn.length === 0 ? undefined : { enum: names(rules.notIn) },
  });
}

/** A bound that is set. Absent bounds read as 0 in protobuf, and a bound of 0 says next to nothing. */
const positive = (bound: bigint): number | undefined => (bound > 0n ? Number(bound) : undefined);

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
