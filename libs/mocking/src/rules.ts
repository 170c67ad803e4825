import { type DescField, getOption, hasOption } from '@bufbuild/protobuf';
import { field as fieldOption, type FieldRules, Ignore } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

type AnyRules = Exclude<FieldRules['type'], { case: undefined }>;

/** The rules of one kind of value, such as `string`. */
export type RulesOf<Case extends AnyRules['case']> = { [Rules in AnyRules as Rules['case']]: Rules['value'] }[Case];

/** The buf.validate rules of a field, as far as they count; undefined: none. */
export function rulesOf(field: DescField): FieldRules | undefined {
  const rules = hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined;
  return rules?.ignore === Ignore.ALWAYS ? undefined : rules;
}

/** The rules for values of that kind; undefined: others, or none. */
export function rulesFor<Case extends AnyRules['case']>(
  rules: FieldRules | undefined,
  kind: Case,
): RulesOf<Case> | undefined {
  return rules?.type.case === kind ? (rules.type.value as RulesOf<Case>) : undefined;
}

/** What a rule says, when it is set: rules are proto2, whose unset fields read as their defaults. */
export const given = <Rules extends object, Name extends keyof Rules>(
  rules: Rules | undefined,
  name: Name,
): Rules[Name] | undefined => (rules !== undefined && Object.hasOwn(rules, name) ? rules[name] : undefined);
